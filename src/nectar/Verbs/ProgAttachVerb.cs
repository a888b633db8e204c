// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog attach|detach</c>: programs of socket maps, and the flow dissector of this network namespace.</summary>
internal static class ProgAttachVerb
{
    private const string Usage = "{id N | name X | tag T | pinned PATH} {sk_msg_verdict | sk_skb_verdict | sk_skb_stream_verdict | sk_skb_stream_parser | flow_dissector} [MAP]";

    internal static Command Attach() => KernelVerb.Create("prog", "attach", "Attach a loaded program to a map of sockets, or as flow dissector; it stays when this command ends", Usage,
        (words, output) => Do(words, (program, target, type, hook) => HookAttachments.Attach(program, target, type, 0, hook)),
        ("nectar prog attach name redirect sk_skb_verdict name sockets", "for the sockets of a sockmap"));

    internal static Command Detach() => KernelVerb.Create("prog", "detach", "Detach what 'prog attach' attached", Usage,
        (words, output) => Do(words, HookAttachments.Detach));

    private static void Do(Words words, Action<KernelProgram, int, AttachType, string> act)
    {
        using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
        string name = words.Next("an attach type");
        if (!KindNames.TryParse(name, out AttachType type) || type is not (AttachType.SkMsgVerdict or AttachType.SkSkbVerdict or AttachType.SkSkbStreamVerdict or AttachType.SkSkbStreamParser or AttachType.FlowDissector))
            throw words.Wrong($"'{name}' is no attach type of this verb; see also nectar net, cgroup, run --attach");
        if (type == AttachType.FlowDissector)
        {
            words.End();
            act(program, 0, type, "this network namespace");
            return;
        }

        using KernelMap map = ObjectFinder.Map(words.NextReference("a map of sockets"));
        words.End();
        act(program, map.Handle.Fd, type, $"{name} of map '{map.Name}'");
    }
}
