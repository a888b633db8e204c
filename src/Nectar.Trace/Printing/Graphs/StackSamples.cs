// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Values;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>One line of a folded profile.</summary>
/// <param name="Frames">From the outermost: what other keys say (<c>comm</c>), then the functions of the process, then those of the kernel.</param>
/// <param name="Count">What the map's value adds up to.</param>
internal readonly record struct StackSample(IReadOnlyList<SampleFrame> Frames, ulong Count);

/// <param name="Name">The function, or another part of the key.</param>
/// <param name="Module">The file that the function is in; empty where that is not known.</param>
/// <param name="Kind">What it is of.</param>
internal readonly record struct SampleFrame(string Name, string Module, ulong Address, SampleKind Kind);

internal enum SampleKind : byte
{
    Label, User, Kernel,
}

/// <summary>Finds stacks in maps.</summary>
internal static class StackSamples
{
    /// <summary>True if the map's keys have stacks.</summary>
    public static bool HasStacks(MapResult map) => map.Entries.Length != 0 && Contains(map.Entries[0].Key);

    /// <summary>The samples of a map.</summary>
    public static IEnumerable<StackSample> Of(MapResult map)
    {
        foreach ((TraceValue key, TraceValue value) in map.Entries)
        {
            List<SampleFrame> labels = [], user = [], kernel = [];
            Collect(key, labels, user, kernel);
            labels.AddRange(user);
            labels.AddRange(kernel);
            ulong count = CountOf(value);
            if (count != 0 && labels.Count != 0) yield return new StackSample(labels, count);
        }
    }

    private static bool Contains(TraceValue key)
    {
        if (key is StackValue) return true;
        if (key is not ListValue list) return false;
        foreach (TraceValue item in list.Items)
        {
            if (Contains(item)) return true;
        }

        return false;
    }

    private static void Collect(TraceValue key, List<SampleFrame> labels, List<SampleFrame> user, List<SampleFrame> kernel)
    {
        switch (key)
        {
            case ListValue list:
                foreach (TraceValue item in list.Items) Collect(item, labels, user, kernel);
                break;
            case StackValue stack:
                for (int i = stack.Frames.Length; i-- > 0;)
                {
                    StackFrame frame = stack.Frames[i];
                    string name = frame.Function ?? (frame.Module is { } module ? $"[{Path.GetFileName(module)}]" : "[unknown]");
                    (stack.IsUser ? user : kernel).Add(new SampleFrame(name, frame.Module ?? "", frame.Address, stack.IsUser ? SampleKind.User : SampleKind.Kernel));
                }

                break;
            default:
                labels.Add(new SampleFrame(key.ToString(), "", 0, SampleKind.Label));
                break;
        }
    }

    private static ulong CountOf(TraceValue value) => value switch
    {
        IntegerValue { IsSigned: true } n => (ulong)Math.Max(0, n.Signed),
        IntegerValue n => n.Unsigned,
        StructValue statistics when statistics["total"] is IntegerValue total => CountOf(total),
        HistogramValue histogram => histogram.Buckets.Aggregate(0ul, (sum, bucket) => sum + bucket.Count),
        _ => 0,
    };
}
