// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.CompilerTests.OnSamples;

/// <summary>The samples that look at the kernel and at processes, loaded and attached here. Trampolines and security hooks have the guest kernels.</summary>
public sealed class TracingSampleTests
{
    private const int TimeoutMs = 10_000;

    [KernelFact]
    public void ExecSnoop_Attached_ReportsWhatIsStarted()
    {
        using KernelObject loaded = KernelObject.Load(Compiled.Sample("ExecSnoop"));
        loaded.AttachAll();
        using (Process started = Process.Start("/bin/true")) started.WaitForExit();
        Assert.NotNull(WaitFor<Samples.ExecEvent>(loaded, e => e.FileName.ToString() == "/bin/true" && e.Result == 0 && e.Command.ToString() == "true" && e.ParentPid == (uint)Environment.ProcessId));
    }

    [KernelFact]
    public void SyscallCounter_Attached_CountsThisProcess()
    {
        using KernelObject loaded = KernelObject.Load(Compiled.Sample("SyscallCounter"));
        loaded.AttachAll();
        for (int i = 0; i < 100; i++) _ = File.Exists("/no/such/file");
        ulong most = 0;
        byte[] count = new byte[8];
        for (uint number = 0; number < 500; number++)
        {
            byte[] key = [.. BitConverter.GetBytes((uint)Environment.ProcessId), .. BitConverter.GetBytes(number)];
            if (loaded.Maps["Counts"].Lookup(key, count) == Errno.None) most = Math.Max(most, BitConverter.ToUInt64(count));
        }

        Assert.InRange(most, 100ul, 1_000_000ul);
    }

    [KernelFact]
    public void TcpConnections_Attached_ReportsThoseThatEnd()
    {
        using KernelObject loaded = KernelObject.Load(Compiled.Sample("TcpConnections"));
        loaded.AttachAll();
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using (TcpClient client = new())
        {
            client.Connect(IPAddress.Loopback, port);
            using TcpClient server = listener.AcceptTcpClient();
            Thread.Sleep(20);
            client.Client.LingerState = new LingerOption(true, 0); // ends at once
        }

        Samples.ConnectionEvent? seen = WaitFor<Samples.ConnectionEvent>(loaded, e => e.LocalPort == port || e.RemotePort == port);
        Assert.NotNull(seen);
        Assert.InRange(seen.Value.Microseconds, 20_000u, 20_000_000u);
        Assert.Equal((0x0100007fu, 0x0100007fu), (seen.Value.LocalAddress, seen.Value.RemoteAddress));
    }

    [KernelFact]
    public void SslWrite_Attached_SeesPlainText()
    {
        if (!File.Exists("/usr/lib/x86_64-linux-gnu/libssl.so.3")) throw new InvalidOperationException("libssl.so.3 is not here, though .NET needs it");
        BpfObject source = Compiled.Sample("SslWrite");
        source.Globals["TargetPid"].Set((uint)Environment.ProcessId);
        using KernelObject loaded = KernelObject.Load(source);
        loaded.AttachAll();
        Converse("the plain text");
        Samples.SslEvent? seen = WaitFor<Samples.SslEvent>(loaded, e => e.Data.ToString().StartsWith("the plain text", StringComparison.Ordinal));
        Assert.NotNull(seen);
        Assert.Equal((14u, (uint)Environment.ProcessId), (seen.Value.Length, seen.Value.Pid));
    }

    private static void Converse(string text)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        client.Connect(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
        using SslStream server = new(listener.AcceptTcpClient().GetStream());
        using SslStream stream = new(client.GetStream(), false, (_, _, _, _) => true);
        Task.WaitAll(server.AuthenticateAsServerAsync(certificate), stream.AuthenticateAsClientAsync("localhost"));
        stream.Write(Encoding.ASCII.GetBytes(text));
        byte[] got = new byte[text.Length];
        server.ReadExactly(got);
    }

    private static T? WaitFor<T>(KernelObject loaded, Func<T, bool> matches)
        where T : unmanaged
    {
        T? found = null;
        using RingBuffer<T> ring = new(loaded.Maps["Events"]);
        long start = Environment.TickCount64;
        while (found is null && Environment.TickCount64 - start < TimeoutMs)
        {
            ring.Poll((ref readonly T record) =>
            {
                if (matches(record)) found ??= record;
            }, 100);
        }

        return found;
    }
}
