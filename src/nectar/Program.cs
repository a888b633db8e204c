// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli;
using Nectar.Cli.Tracing;
using Nectar.Cli.Verbs;

StandardFiles.Claim();

// a link named bpftrace serves what was written for it; the words behind these verbs have a grammar of their own
if (Path.GetFileName(Environment.GetCommandLineArgs()[0]) == "bpftrace") return CommandLine.Guard(() => TraceCommand.Run(args));
if (args.Length > 0 && args[0] == "trace") return CommandLine.Guard(() => TraceCommand.Run(args[1..]));
if (args.Length > 0 && args[0] == "tools") return CommandLine.Guard(() => ToolsVerb.Run(args[1..]));

RootCommand root = new("A complete BPF platform: assemble, look at, run and check BPF programs.")
{
    RunVerb.Create(),
    TraceVerb.Create(),
    ToolsVerb.Create(),
    BuildVerb.Create(),
    VerifyVerb.Create(),
    AsmVerb.Create(),
    DisVerb.Create(),
    ObjVerb.Create(),
    BtfVerb.Create(),
    VmVerb.Create(),
    DebugVerb.Create(),
    ProgVerb.Create(),
    MapVerb.Create(),
    LinkVerb.Create(),
    NetVerb.Create(),
    CgroupVerb.Create(),
    PerfVerb.Create(),
    StructOpsVerb.Create(),
    IterVerb.Create(),
    FeatureVerb.Create(),
    TopVerb.Create(),
    CleanupVerb.Create(),
    CompletionVerb.Create(),
};
root.WithExamples(
    ("nectar run samples/block_http.bpfasm --pcap samples/http.pcap", "let a packet program decide over a capture"),
    ("nectar dis prog.bpf.o", "show an object's code with its source"),
    ("nectar btf dump /sys/kernel/btf/vmlinux > vmlinux.h", "print the running kernel's types"));

return CommandLine.Invoke(root, args);
