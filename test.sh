#!/usr/bin/env bash
# Runs every test there is, browser tests included. The last line says "N passed, N failed"; the exit status is 0 only when all ran and passed.
set -uo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
results="$root/TestResults"
cd "$root" || exit 1

say() { printf '\n== %s\n' "$*"; }
# A part that did not run at all counts as one failure.
broken=0
break_with() { printf 'test.sh: %s\n' "$*" >&2; broken=$((broken + 1)); }

command -v dotnet >/dev/null || { echo 'test.sh: needs the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0' >&2; echo '0 passed, 1 failed'; exit 1; }
command -v npm >/dev/null || { echo 'test.sh: needs Node.js 20 or later with npm: https://nodejs.org' >&2; echo '0 passed, 1 failed'; exit 1; }
rm -rf "$results"
mkdir -p "$results"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

say 'Build'
if ! { dotnet restore Explorer.sln --locked-mode -v quiet && dotnet build Explorer.sln -c Release --no-restore -nologo -v quiet; }; then
  echo '0 passed, 1 failed'
  exit 1
fi

find_chromium() {
  local candidate
  for candidate in "${CHROMIUM_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [[ -n "$candidate" ]] && command -v "$candidate" && return 0
  done
  return 1
}

# What the browser tests need is fetched while the .NET tests run.
prepare_browser_tests() {
  if ! find_chromium >/dev/null && [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
    echo 'installing chromium from the packages of this system'
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1
  fi
  cd playwright && npm ci --no-audit --no-fund --loglevel=error
}
prepare_browser_tests >"$results/prepare.log" 2>&1 &
preparation=$!

say '.NET tests'
for project in tests/*.Tests; do
  name="$(basename "$project")"
  dotnet test "$project" -c Release --no-build --nologo -v quiet --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout 4m || true
  [[ -s "$results/$name.trx" ]] || break_with "$name wrote no results"
done

say 'Browser tests'
wait "$preparation"
prepared=$?
cat "$results/prepare.log"
if ! chromium="$(find_chromium)"; then
  break_with 'the browser tests need Chromium: install the package "chromium", or set CHROMIUM_PATH to a Chromium or Chrome'
elif [[ "$prepared" != 0 ]]; then
  break_with 'the packages of the browser tests could not be installed'
else
  (cd playwright && CHROMIUM_PATH="$chromium" PLAYWRIGHT_JSON_OUTPUT_NAME="$results/playwright.json" npx playwright test --retries=1) || true
  [[ -s "$results/playwright.json" ]] || break_with 'the browser tests wrote no results'
fi

node build/test-summary.mjs "$results" "$broken"
