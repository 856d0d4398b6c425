// Adds up the results in a folder (*.trx and playwright.json), prints one line, and exits with 1 unless everything ran and passed.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [folder, broken] = process.argv.slice(2);
const sum = { passed: 0, failed: Number(broken), skipped: 0 };

for (const file of readdirSync(folder).filter(name => name.endsWith('.trx'))) {
  const text = readFileSync(join(folder, file), 'utf8');
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
  sum.passed += expected;
  // A test that passes only at the second try has not passed.
  sum.failed += unexpected + flaky;
  sum.skipped += skipped;
  if (expected + unexpected + flaky + skipped === 0 || (browser.errors.length > 0 && unexpected === 0)) {
    sum.failed += 1;
    console.error('the browser tests ran nothing or broke off');
  }
}

console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exit(sum.failed > 0 || sum.passed === 0 ? 1 : 0);
