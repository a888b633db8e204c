// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nectar.Bpf.Btf;

/// <summary>Receives a value piece by piece, as text or as JSON.</summary>
internal abstract class BtfValueSink
{
    /// <summary>Values that may still be written: unions that hold two of the next make a tree without end from a few bytes.</summary>
    internal int Remaining { get; set; } = 4_000_000;

    internal abstract void BeginObject();

    internal abstract void Name(string name);

    internal abstract void EndObject();

    internal abstract void BeginArray();

    internal abstract void EndArray();

    internal abstract void Number(long value);

    internal abstract void Number(ulong value);

    internal abstract void Number(double value);

    internal abstract void Text(string value);

    /// <summary>A word that is no quoted string in text: an enumerator, an address, a truth value.</summary>
    internal abstract void Word(string value);

    internal abstract void Bool(bool value);
}

/// <summary>One line: <c>{name: value, list: [1, 2]}</c>.</summary>
internal sealed class BtfTextSink(StringBuilder text) : BtfValueSink
{
    private bool _separate;

    internal override void BeginObject() => Open('{');

    internal override void Name(string name)
    {
        Separate();
        text.Append(name).Append(": ");
        _separate = false;
    }

    internal override void EndObject() => Close('}');

    internal override void BeginArray() => Open('[');

    internal override void EndArray() => Close(']');

    internal override void Number(long value) => Piece(value.ToString(CultureInfo.InvariantCulture));

    internal override void Number(ulong value) => Piece(value.ToString(CultureInfo.InvariantCulture));

    internal override void Number(double value) => Piece(value.ToString(CultureInfo.InvariantCulture));

    internal override void Text(string value) => Piece($"\"{JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"");

    internal override void Word(string value) => Piece(value);

    internal override void Bool(bool value) => Piece(value ? "true" : "false");

    private void Open(char bracket)
    {
        Separate();
        text.Append(bracket);
        _separate = false;
    }

    private void Close(char bracket)
    {
        text.Append(bracket);
        _separate = true;
    }

    private void Piece(string piece)
    {
        Separate();
        text.Append(piece);
    }

    private void Separate()
    {
        if (_separate) text.Append(", ");
        _separate = true;
    }
}

/// <summary>JSON; numbers stay numbers, also beyond 2^53, as bpftool has it.</summary>
internal sealed class BtfJsonSink(Utf8JsonWriter json) : BtfValueSink
{
    internal override void BeginObject() => json.WriteStartObject();

    internal override void Name(string name) => json.WritePropertyName(name);

    internal override void EndObject() => json.WriteEndObject();

    internal override void BeginArray() => json.WriteStartArray();

    internal override void EndArray() => json.WriteEndArray();

    internal override void Number(long value) => json.WriteNumberValue(value);

    internal override void Number(ulong value) => json.WriteNumberValue(value);

    internal override void Number(double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    internal override void Text(string value) => json.WriteStringValue(value);

    internal override void Word(string value) => json.WriteStringValue(value);

    internal override void Bool(bool value) => json.WriteBooleanValue(value);
}
