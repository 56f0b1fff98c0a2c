#!/usr/bin/env bash
# Run Prefect's server, deploy what prefect.yaml says, and work until Ctrl-C. On loopback only: a server of
# one's own has no login unless PREFECT_SERVER_API_AUTH_STRING is set.
set -euo pipefail

port="${PREFECT_PORT:-4200}"
export PREFECT_API_URL="http://127.0.0.1:${port}/api"
mkdir -p "${PREFECT_HOME}"

prefect server start --host 127.0.0.1 --port "${port}" >"${PREFECT_HOME}/server.log" 2>&1 &
server=$!
trap 'kill "${server}" 2>/dev/null || true' EXIT

echo "Starting Prefect's server on http://127.0.0.1:${port} …"
for _ in $(seq 120); do
  curl --silent --fail --max-time 2 "${PREFECT_API_URL}/health" >/dev/null && break
  kill -0 "${server}" || { tail -n 20 "${PREFECT_HOME}/server.log"; exit 1; }
  sleep 0.5
done

prefect work-pool inspect local-process >/dev/null 2>&1 || prefect work-pool create local-process --type process
prefect --no-prompt deploy --all </dev/null
echo "Schedules are on. Ctrl-C ends server and worker."
prefect worker start --pool local-process
