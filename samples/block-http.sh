#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs samples/BlockHttp.cs in the kernel between a web server and curl: two network namespaces, joined by a veth pair.
# Needs root, ip, curl and python3 (3.11). Exit code 0 if HTTP/1.1 was dropped and reported and HTTP/1.0 passed. Leaves nothing behind, also when it fails.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
nectar=${NECTAR:-./nectar}
server=nectar-server-$$ client=nectar-client-$$
work=$(mktemp -d)
cleanup() {
    for namespace in $server $client; do
        for pid in $(ip netns pids $namespace 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
        ip netns delete $namespace 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

until_true() { # what is waited for, then the command
    what=$1 tries=0; shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -le 600 ] || { echo "$what: not within a minute"; cat "$work"/*; exit 1; }
        sleep 0.1
    done
}
get() { ip netns exec $client curl -s --max-time 3 -o "$work/page" -w '%{http_code}' "http://10.9.0.1:$1/README.md" || echo " (curl: exit code $?)"; }

ip netns add $server
ip netns add $client
ip -n $server link add v0 type veth peer name v1 netns $client
ip -n $server address add 10.9.0.1/24 dev v0
ip -n $client address add 10.9.0.2/24 dev v1
ip -n $server link set v0 up
ip -n $client link set v1 up
ip netns exec $server python3 -m http.server --directory samples --protocol HTTP/1.1 8080 >"$work/server" 2>&1 &
ip netns exec $server python3 -m http.server --directory samples --protocol HTTP/1.0 8081 >"$work/older" 2>&1 &
until_true "the servers" ip netns exec $client curl -s -o "$work/page" http://10.9.0.1:8080/ http://10.9.0.1:8081/
echo "without the program: HTTP/1.1 $(get 8080), HTTP/1.0 $(get 8081)"

$nectar --version >/dev/null # builds it, if need be, before time counts
ip netns exec $client $nectar run samples/BlockHttp.cs --attach v1 --for 60s >"$work/events" 2>"$work/log" &
program=$!
until_true "the program" grep -q "on interface 'v1'" "$work/events" "$work/log"
newer=$(get 8080) older=$(get 8081)
echo "with the program:    HTTP/1.1 $newer, HTTP/1.0 $older"
kill $(ip netns pids $client)
wait $program
cat "$work/events"
echo "after it:            HTTP/1.1 $(get 8080), HTTP/1.0 $(get 8081)"
[ "$newer $older" = "000 (curl: exit code 28) 200" ] && grep -q 'SourcePort: 8080' "$work/events" && ! grep -q 'SourcePort: 8081' "$work/events"
