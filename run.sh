#!/usr/bin/env bash
# Restores and builds what has changed, then becomes the server. All arguments are the server's: ./run.sh --help
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project="$root/src/Explorer.Server"
output="$project/bin/Release/net10.0"
stamp="$output/.built"

say() { printf 'run.sh: %s\n' "$*" >&2; }

# Sources newer than the last build, and folders from which one was deleted. The stamp makes a second start immediate.
changed() {
  [[ ! -f "$stamp" ]] && return 0
  cd "$root"
  [[ -n "$(find src build proto global.json package-lock.json Directory.Build.props Directory.Packages.props \
    \( -name bin -o -name obj -o -name lib -o -name _framework \) -prune -o -newer "$stamp" ! -name wwwroot -print -quit)" ]]
}

command -v dotnet >/dev/null || { say 'needs the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0'; exit 1; }

if (changed); then
  (cd "$root" && dotnet --version >/dev/null 2>&1) || { say "needs the .NET SDK 10; here is $(cd / && dotnet --version 2>/dev/null || echo 'a runtime only')"; exit 1; }
  command -v node >/dev/null && command -v npm >/dev/null || { say 'needs Node.js 20 or later with npm to restore its libraries: https://nodejs.org'; exit 1; }
  node_major="$(node -p 'process.versions.node.split(".")[0]')"
  [[ "$node_major" -ge 20 ]] || { say "needs Node.js 20 or later; here is $(node --version)"; exit 1; }
  say 'building (the first time takes a minute) ...'
  log="$(mktemp)"
  if ! { dotnet restore "$project" --locked-mode -v quiet && dotnet build "$project" -c Release --no-restore -nologo -v quiet; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say 'the build failed'
    exit 1
  fi
  rm -f "$log"
  touch "$stamp"
fi

exec dotnet "$output/explorer.dll" "$@"
