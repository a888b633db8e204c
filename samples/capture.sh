#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records samples/http.pcap: HTTP/1.1 over loopback, some UDP and some ICMP, inside a network namespace of its own.
# Needs root, python3, ip and tcpdump. Leaves nothing behind, also when it fails.
set -eu
out=$(cd "$(dirname "$0")" && pwd)/http.pcap
work=$(mktemp -d)
namespace=nectar-capture-$$
cleanup() {
    for pid in $(ip netns pids "$namespace" 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
    ip netns delete "$namespace" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

ip netns add "$namespace"
ip -n "$namespace" link set lo up

cat >"$work/traffic.py" <<'PYTHON'
import http.client
import http.server
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"hello from " + self.path.encode() + b"\n"
        self.send_response(200 if self.path != "/missing" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for _ in range(4):
    client = http.client.HTTPConnection("127.0.0.1", 8080)
    for path in ("/", "/index.html", "/missing"):
        client.request("GET", path)
        client.getresponse().read()
    client.close()

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 5353))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(10):
    sender.sendto(b"datagram %d" % number, ("127.0.0.1", 5353))
    receiver.recv(100)
server.shutdown()

echo = bytes([8, 0, 0, 0, 0, 1, 0, 1]) + b"are you there?  "
words = sum(int.from_bytes(echo[i:i + 2], "big") for i in range(0, len(echo), 2))
checksum = ~(words + (words >> 16)) & 0xFFFF
pinger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for _ in range(3):
    pinger.sendto(echo[:2] + checksum.to_bytes(2, "big") + echo[4:], ("127.0.0.1", 0))
PYTHON

ip netns exec "$namespace" tcpdump -i lo -U -w "$work/http.pcap" 2>"$work/log" &
tcpdump=$!
tries=0
until grep -q listening "$work/log"; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
ip netns exec "$namespace" python3 "$work/traffic.py"
sleep 1
kill -INT "$tcpdump"
wait "$tcpdump" || true
cat "$work/http.pcap" >"$out"
echo "$out: $(tcpdump -r "$out" 2>/dev/null | wc -l) packets, $(wc -c <"$out") bytes"
