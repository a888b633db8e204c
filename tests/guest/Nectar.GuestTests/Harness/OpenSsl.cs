// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.GuestTests.Harness;

/// <summary>Two ends of a TLS connection in memory, by the system's libssl: anonymous keys, so that no certificate is needed.</summary>
internal static unsafe partial class OpenSsl
{
    private const string Library = "libssl.so.3";
    private const int SetMaximumVersion = 124, Tls12 = 0x303;

    /// <summary>Why there can be none; null if there can.</summary>
    internal static string? Missing() => NativeLibrary.TryLoad(Library, out _) ? null : $"{Library} is not there (it was not where the guest was packed)";

    /// <summary>Connects, writes a text at one end and reads it at the other.</summary>
    internal static void Converse(string text)
    {
        nint clients = Context(TLS_client_method()), servers = Context(TLS_server_method());
        nint client = SSL_new(clients), server = SSL_new(servers);
        nint there = 0, back = 0;
        Check.Equal(1, BIO_new_bio_pair(ref there, 1 << 16, ref back, 1 << 16));
        SSL_set_bio(client, there, there);
        SSL_set_bio(server, back, back);
        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
        int left = 1, right = 1;
        for (int i = 0; i < 20; i++) (left, right) = (SSL_do_handshake(client), SSL_do_handshake(server));
        Check.Equal((1, 1), (left, right));

        byte[] bytes = Encoding.ASCII.GetBytes(text), got = new byte[bytes.Length];
        fixed (byte* sent = bytes, received = got)
        {
            Check.Equal(bytes.Length, SSL_write(client, sent, bytes.Length));
            Check.Equal(bytes.Length, SSL_read(server, received, got.Length));
        }

        Check.Equal(text, Encoding.ASCII.GetString(got));
        SSL_free(client);
        SSL_free(server);
        SSL_CTX_free(clients);
        SSL_CTX_free(servers);
    }

    private static nint Context(nint method)
    {
        nint context = SSL_CTX_new(method);
        Check.True(context != 0, "SSL_CTX_new");
        _ = SSL_CTX_ctrl(context, SetMaximumVersion, Tls12, 0);
        Check.Equal(1, SSL_CTX_set_cipher_list(context, "AECDH-AES128-SHA:ADH-AES128-GCM-SHA256:@SECLEVEL=0"));
        return context;
    }

    [LibraryImport(Library)]
    private static partial nint TLS_client_method();

    [LibraryImport(Library)]
    private static partial nint TLS_server_method();

    [LibraryImport(Library)]
    private static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Library)]
    private static partial void SSL_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial nint SSL_CTX_ctrl(nint context, int command, nint value, nint pointer);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SSL_CTX_set_cipher_list(nint context, string ciphers);

    [LibraryImport(Library)]
    private static partial nint SSL_new(nint context);

    [LibraryImport(Library)]
    private static partial void SSL_free(nint ssl);

    [LibraryImport(Library)]
    private static partial void SSL_set_bio(nint ssl, nint read, nint write);

    [LibraryImport(Library)]
    private static partial void SSL_set_connect_state(nint ssl);

    [LibraryImport(Library)]
    private static partial void SSL_set_accept_state(nint ssl);

    [LibraryImport(Library)]
    private static partial int SSL_do_handshake(nint ssl);

    [LibraryImport(Library)]
    private static partial int SSL_write(nint ssl, byte* bytes, int count);

    [LibraryImport(Library)]
    private static partial int SSL_read(nint ssl, byte* bytes, int count);

    [LibraryImport("libcrypto.so.3")]
    private static partial int BIO_new_bio_pair(ref nint first, nuint firstSize, ref nint second, nuint secondSize);
}
