// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Vm;

namespace Nectar.Probes;

/// <summary>Puts a packet or a context where a program on the CLR finds it.</summary>
internal static unsafe class ManagedInput
{
    /// <summary>Does it, as the machine in this process does; gives the context's address.</summary>
    internal static nint Place(ManagedContext context, ContextLayout layout, ReadOnlySpan<byte> input, RunContext? fields)
    {
        RunSession session = context.Session;
        uint cpu = session.State->Cpu;
        session.Select(layout);
        session.Configure(context.Options, fields);
        if (fields is null) session.State->Cpu = cpu;
        switch (layout.Shape)
        {
            case ContextShape.Record:
                if (input.Length > layout.Size) throw new ArgumentException($"the context '{layout.Name}' has {layout.Size} bytes, not {input.Length}", nameof(input));
                input.CopyTo(session.ContextBytes);
                session.ArgumentCount = input.IsEmpty ? 12 : input.Length / 8;
                session.UseCopy(fields?.Data ?? []);
                break;
            default:
                session.UseCopy(input);
                if (fields is { Metadata.Length: > 0 }) session.AddMetadata(fields.Metadata);
                if (layout.Shape == ContextShape.Skb) session.DescribeSkb();
                break;
        }

        fields?.Apply(layout, session.ContextBytes);
        foreach (ContextField field in layout.Fields)
        {
            // Addresses of 64 bits are read from the context itself, those of 32 bits through ContextAccess.
            if (field.Kind == ContextFieldKind.Plain || field.Size != 8) continue;
            ulong address = field.Kind == ContextFieldKind.PacketStart ? session.State->PacketStart : session.State->PacketEnd;
            MemoryMarshal.Write(session.ContextBytes[field.Offset..], in address);
        }

        session.Begin(false);
        return (nint)session.State->Context;
    }
}
