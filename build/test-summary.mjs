// Adds up the results in a folder (*.trx and playwright.json), prints why each .NET test failed and one line at the end, and exits with 1 unless
// everything ran and passed. (Playwright tells of its failures itself.) A browser test has two tries.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [folder, broken] = process.argv.slice(2);
const sum = { passed: 0, failed: Number(broken), skipped: 0 };

// What a failed test says at most here; the rest stands in its file.
const MaxFailureLines = 40;
const plain = xml => xml.replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
  .replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]);

// The first lines of a message, without the terminal's colours.
const plainLines = text => text.replace(/\x1b\[[0-9;]*m/g, '').split('\n').slice(0, 6).join(' | ');

function tellFailures(text) {
  for (const [, test, body] of text.matchAll(/<UnitTestResult\b[^>]*?\btestName="([^"]*)"[^>]*\boutcome="Failed"(?:[^>]*[^/])?>([\s\S]*?)<\/UnitTestResult>/g)) {
    const part = name => plain(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(body)?.[1] ?? '');
    const lines = `${part('Message')}\n${part('StackTrace')}`.split('\n');
    console.error(`\nfailed: ${plain(test)}`);
    for (const line of lines.slice(0, MaxFailureLines)) console.error(`  ${line}`);
    if (lines.length > MaxFailureLines) console.error(`  and ${lines.length - MaxFailureLines} more lines`);
  }
}

for (const file of readdirSync(folder).filter(name => name.endsWith('.trx'))) {
  const text = readFileSync(join(folder, file), 'utf8');
  tellFailures(text);
  const counters = /<Counters\b[^>]*>/.exec(text)?.[0] ?? '';
  const count = name => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(counters)?.[1] ?? 0);
  const [total, executed, passed] = ['total', 'executed', 'passed'].map(count);
  sum.passed += passed;
  sum.failed += executed - passed;
  sum.skipped += total - executed;
  const crashed = /<ResultSummary outcome="(Failed|Error|Aborted|Timeout)"/.test(text) && executed === passed;
  if (total === 0 || crashed) {
    sum.failed += 1;
    console.error(`${file}: ${total === 0 ? 'ran nothing' : 'the runner broke off'}`);
  }
}

const browser = readdirSync(folder).includes('playwright.json') ? JSON.parse(readFileSync(join(folder, 'playwright.json'), 'utf8')) : null;
if (browser) {
  const { expected, unexpected, flaky, skipped } = browser.stats;
  sum.passed += expected + flaky;
  sum.failed += unexpected;
  sum.skipped += skipped;
  if (expected + unexpected + flaky + skipped === 0 || (browser.errors.length > 0 && unexpected === 0)) {
    sum.failed += 1;
    console.error('the browser tests ran nothing or broke off');
  }
}

// A busy machine may be late once; a test that needed its second try is named with its reason, so that the race is found.
const specs = suite => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)];
for (const spec of (browser?.suites ?? []).flatMap(specs).filter(spec => spec.tests.some(test => test.status === 'flaky'))) {
  const reason = spec.tests.flatMap(test => test.results).find(result => result.status !== 'passed')?.error?.message ?? 'no reason given';
  console.log(`passed at its second try only: ${spec.file}:${spec.line} ${spec.title}: ${plainLines(reason)}`);
}

console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exit(sum.failed > 0 || sum.passed === 0 ? 1 : 0);
