import base from './playwright.config';

// Numbers, not verdicts: `npx playwright test --config benchmarks.config.ts`, on a machine that does nothing else.
export default { ...base, testDir: 'benchmarks', workers: 1, timeout: 300_000, globalTimeout: 0, globalSetup: undefined, use: { ...base.use, trace: 'off' as const, screenshot: 'off' as const } };
