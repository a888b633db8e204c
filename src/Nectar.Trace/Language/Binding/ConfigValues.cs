// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

/// <summary>What the builtin <c>config</c> gives: the settings as a record.</summary>
internal static class ConfigValues
{
    private static readonly (string Name, Func<TraceConfig, object> Get)[] s_values =
    [
        ("cpp_demangle", c => c.DemangleCpp), ("lazy_symbolication", c => c.LazySymbolication), ("print_maps_on_exit", c => c.PrintMapsOnExit), ("show_debug_info", c => c.ShowDebugInfo),
        ("log_size", c => c.LogSize), ("max_bpf_progs", c => c.MaxPrograms), ("max_cat_bytes", c => c.MaxCatBytes), ("max_map_keys", c => c.MaxMapKeys), ("max_probes", c => c.MaxProbes),
        ("max_strlen", c => c.MaxStringLength), ("on_stack_limit", c => c.OnStackLimit), ("perf_rb_pages", c => c.RingPages),
        ("str_trunc_trailer", c => c.StringTruncationTrailer), ("missing_probes", c => c.MissingProbes switch { MissingProbes.Warn => "warn", MissingProbes.Ignore => "ignore", _ => "error" }),
        ("stack_mode", c => TypeNames.StackModeName(c.StackMode)), ("license", c => c.License),
    ];

    /// <summary>All settings as the environment would give them.</summary>
    public static IReadOnlyCollection<(string Name, string Value)> Texts(TraceConfig config) =>
        [.. s_values.Select(value => (value.Name, Convert.ToString(value.Get(config), System.Globalization.CultureInfo.InvariantCulture) ?? "")), ("cache_user_symbols", config.CacheUserSymbols)];

    public static TraceType Type(TraceConfig config)
    {
        (string, TraceType)[] fields = new (string, TraceType)[s_values.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = (s_values[i].Name, s_values[i].Get(config) switch
            {
                bool => TraceType.Boolean,
                int number => TypeRules.OfLiteral((ulong)number),
                string text => TraceType.String(System.Text.Encoding.UTF8.GetByteCount(text) + 1),
                _ => TraceType.None,
            });
        }

        return TraceType.Tuple(fields);
    }

    /// <summary>The whole record as programs have it.</summary>
    public static byte[] Bytes(TraceConfig config, TraceType type)
    {
        byte[] bytes = new byte[type.Size];
        Span<byte> word = stackalloc byte[sizeof(long)];
        foreach (TupleField field in type.Fields)
        {
            Span<byte> place = bytes.AsSpan(field.Offset, field.Type.Size);
            switch (Constant(config, field.Name))
            {
                case StringConstant text:
                    ScriptText.Encode(text.Text).CopyTo(place);
                    break;
                case IntegerConstant number:
                    System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(word, number.Bits);
                    word[..place.Length].CopyTo(place);
                    break;
            }
        }

        return bytes;
    }

    public static ConstantValue? Constant(TraceConfig config, string name)
    {
        foreach ((string key, Func<TraceConfig, object> get) in s_values)
        {
            if (key != name) continue;
            return get(config) switch { bool value => new IntegerConstant(value ? 1 : 0), int number => new IntegerConstant(number), string text => new StringConstant(text), _ => null };
        }

        return null;
    }
}
