// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Nectar.Debugging.Dap;

/// <summary>The bytes are not messages of the protocol, and where the next message begins is not known.</summary>
internal sealed class DapFramingException(string message) : Exception(message);

/// <summary>Messages of the Debug Adapter Protocol over two streams: a header with the length, an empty line, JSON.</summary>
internal sealed class DapConnection(Stream input, Stream output)
{
    private const int MaxHeader = 8192;
    private const int MaxMessage = 64 << 20;
    private readonly byte[] _buffer = new byte[16384];
    private readonly Lock _writing = new();
    private int _start, _end, _sequence;

    /// <summary>Reads the next message's bytes; null at the end of the stream.</summary>
    /// <exception cref="DapFramingException">The header makes no sense, or the stream ends in a message.</exception>
    internal byte[]? Read()
    {
        int length = -1, header = 0;
        StringBuilder line = new();
        while (true)
        {
            int next = Byte();
            if (next < 0)
            {
                if (header == 0) return null;
                throw new DapFramingException("the stream ended within a header");
            }

            if (++header > MaxHeader) throw new DapFramingException($"a header has more than {MaxHeader} bytes");
            if (next != '\n')
            {
                line.Append((char)next);
                continue;
            }

            string text = line.ToString().TrimEnd('\r');
            line.Clear();
            if (text.Length == 0)
            {
                if (length >= 0) return Body(length);
                throw new DapFramingException("a header has no Content-Length");
            }

            int colon = text.IndexOf(':');
            if (colon < 0) throw new DapFramingException($"'{(text.Length > 60 ? text[..60] + "…" : text)}' is no header");
            if (!text.AsSpan(0, colon).Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) continue;
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out length) || length > MaxMessage)
                throw new DapFramingException($"'{text}': expected a length from 0 to {MaxMessage}");
        }
    }

    internal void Event<T>(string name, T body, JsonTypeInfo<T> type) => Write("event", json =>
    {
        json.WriteString("event", name);
        json.WritePropertyName("body");
        JsonSerializer.Serialize(json, body, type);
    });

    internal void Event(string name) => Write("event", json => json.WriteString("event", name));

    /// <summary>Answers a request.</summary>
    internal void Respond(int request, string command, Action<Utf8JsonWriter>? body) => Write("response", json =>
    {
        json.WriteNumber("request_seq", request);
        json.WriteBoolean("success", true);
        json.WriteString("command", command);
        if (body is null) return;
        json.WritePropertyName("body");
        body(json);
    });

    /// <summary>Says that a request cannot be carried out.</summary>
    internal void Refuse(int request, string command, string message, int code = 0) => Write("response", json =>
    {
        json.WriteNumber("request_seq", request);
        json.WriteBoolean("success", false);
        json.WriteString("command", command);
        json.WriteString("message", message);
        json.WriteStartObject("body");
        json.WriteStartObject("error");
        json.WriteNumber("id", code);
        json.WriteString("format", message.Replace("{", "{{", StringComparison.Ordinal));
        json.WriteBoolean("showUser", true);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private void Write(string type, Action<Utf8JsonWriter> content)
    {
        using MemoryStream body = new();
        lock (_writing)
        {
            using (Utf8JsonWriter json = new(body))
            {
                json.WriteStartObject();
                json.WriteNumber("seq", ++_sequence);
                json.WriteString("type", type);
                content(json);
                json.WriteEndObject();
            }

            output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n")));
            output.Write(body.GetBuffer().AsSpan(0, (int)body.Length));
            output.Flush();
        }
    }

    private byte[] Body(int length)
    {
        byte[] body = new byte[length];
        for (int done = 0; done < length;)
        {
            if (_start == _end && !Fill()) throw new DapFramingException($"the stream ended {length - done} bytes before the end of a message");
            int count = Math.Min(length - done, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(body.AsSpan(done));
            _start += count;
            done += count;
        }

        return body;
    }

    private int Byte() => _start < _end || Fill() ? _buffer[_start++] : -1;

    private bool Fill()
    {
        _start = 0;
        _end = input.Read(_buffer);
        return _end > 0;
    }
}
