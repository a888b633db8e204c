# Traffic for the tools' tests.
# tcp PORT: a connection over loopback, 1,000 bytes there, 10 back, closed by the client first.
tcp() {
    perl -MIO::Socket::INET -e '
        my $port = shift;
        my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => $port, ReuseAddr => 1) or die;
        if (!fork) { my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die; syswrite($c, "x" x 1000); sysread($c, my $x, 10); close $c; exit }
        my $s = $l->accept; sysread($s, my $x, 1000); syswrite($s, "y" x 10); sysread($s, $x, 1); close $s; wait' "$1"
}
# tcpreset PORT: the server closes with data unread, which resets the connection.
tcpreset() {
    perl -MIO::Socket::INET -e '
        my $port = shift;
        my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => $port, ReuseAddr => 1) or die;
        if (!fork) { my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die; syswrite($c, "x" x 1000); sysread($c, my $x, 10); exit }
        my $s = $l->accept; select(undef, undef, undef, 0.1); close $s; wait' "$1"
}
# retrans: a connection through an interface that drops everything.
retrans() {
    unshare -n bash -c 'ip link add d0 type veth peer name d1; ip addr add 10.99.0.1/24 dev d0; ip link set d0 up; ip link set d1 up; ip neigh add 10.99.0.2 lladdr 02:00:00:00:00:02 dev d0
        timeout 2.7 perl -MSocket -e '\''socket(my $s, PF_INET, SOCK_STREAM, 0); connect($s, sockaddr_in(20723, inet_aton("10.99.0.2")))'\'
}
# wait_for COMMAND...: waits for it to succeed, at most 10 s.
wait_for() {
    for _ in $(seq 200); do "$@" && return; sleep 0.05; done
    return 1
}
# tls PORT: a line through a connection with TLS over loopback; the line has arrived when this ends.
tls() {
    local listening server
    printf -v listening ' 0100007F:%04X 00000000:0000 0A ' "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout "$D/k" -out "$D/c" 2>/dev/null
    mkfifo "$D/silent" # the server ends a connection when there is nothing more to send
    openssl s_server -quiet -accept "127.0.0.1:$1" -key "$D/k" -cert "$D/c" <>"$D/silent" >"$D/received" & server=$!
    wait_for grep -q "$listening" /proc/net/tcp
    (echo nectar-secret; wait_for grep -q nectar-secret "$D/received") | openssl s_client -quiet -connect "127.0.0.1:$1" & wait_for grep -q nectar-secret "$D/received"
    kill $server; wait
}
