// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Values;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>Stacks as lines, outermost first: <c>bash;main;read_k 12</c>; what flame graph tools read. Functions of the kernel end with <c>_[k]</c>.</summary>
internal static class FoldedFormat
{
    public static void Write(Utf8Buffer to, IEnumerable<MapResult> maps)
    {
        foreach (MapResult map in maps)
        {
            foreach (StackSample sample in StackSamples.Of(map))
            {
                for (int i = 0; i < sample.Frames.Count; i++)
                {
                    if (i != 0) to.Append((byte)';');
                    to.Append(sample.Frames[i].Name.Replace(';', ':').Replace('\n', ' '));
                    if (sample.Frames[i].Kind == SampleKind.Kernel) to.Append("_[k]"u8);
                }

                to.Append((byte)' ');
                to.AppendDecimal(sample.Count);
                to.Append((byte)'\n');
            }
        }
    }
}
