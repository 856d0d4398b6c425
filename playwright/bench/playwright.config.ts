import base from '../playwright.config';

// Speed of the trace page, printed: npx playwright test -c bench. No assertion is on time.
export default { ...base, testDir: '.', outputDir: '../test-results', globalSetup: undefined, workers: 1, timeout: 300_000, globalTimeout: 0, use: { ...base.use, trace: 'off' as const } };
