#!/usr/bin/env bash
# What the endpoint's documentation shows with curl, written anew; python3 stands in for jq.
set -euo pipefail

field() { python3 -c 'import json,sys; v=json.load(sys.stdin)
for k in sys.argv[1].split("."): v=v[k]
print(v)' "$1"; }
ask() { curl -sS -H "Authorization: Bearer $KEY" "$@"; }

finished() {
    while true; do
        answer=$(ask "$BASE/$ENDPOINT/status/$1")
        case $(field status <<<"$answer") in
            COMPLETED) printf '%s' "$answer"; return ;;
            FAILED) echo "Job failed: $(field error <<<"$answer")" >&2; exit 1 ;;
        esac
        sleep 0.2
    done
}

job=$(ask -X POST "$BASE/$ENDPOINT/run" -H 'Content-Type: application/json' -d '{
  "input": {"operation": "tts", "mode": "basic", "text": "Hello world!"}
}' | field id)
finished "$job" | field output.audio | base64 -d > output.wav
head -c 4 output.wav | grep -q RIFF

audio=$(base64 -w 0 output.wav)
printf '{"input": {"operation": "voice_conversion", "input_audio": "%s", "voice_name": "Catherine",
 "no_watermark": true}}' "$audio" > body.json
job=$(ask -X POST "$BASE/$ENDPOINT/run" -H 'Content-Type: application/json' -d @body.json | field id)
finished "$job" | field output.audio | base64 -d > converted.wav
head -c 4 converted.wav | grep -q RIFF

ask -X POST -H 'Content-Type: application/json' "$BASE/$ENDPOINT/purge-queue" | grep -q completed
echo well
