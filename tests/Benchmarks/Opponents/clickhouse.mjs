// Runs SQL in a ClickHouse engine inside this process. One request per line, {"sql": "..."}; one answer per line: the result as text, and
// the CPU seconds of the whole process so far, merges in the background included.
import { createInterface } from 'node:readline';
import { Session } from 'chdb';

const session = new Session(process.argv[2]);
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

for await (const line of createInterface({ input: process.stdin })) {
  const { sql } = JSON.parse(line);
  const started = performance.now();
  let answer;
  try {
    answer = { text: session.query(sql, 'TabSeparated').trimEnd() };
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify({ ...answer, cpu: cpuSeconds(), wall: (performance.now() - started) / 1000 })}\n`);
}

session.cleanup?.();
