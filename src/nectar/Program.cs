// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli;
using Nectar.Cli.Tracing;
using Nectar.Cli.Verbs;
using SignalWatch = Nectar.Trace.Runtime.Processes.SignalWatch;

StandardFiles.Claim();

// a link named bpftrace serves what was written for it; the words behind these verbs have a grammar of their own
bool isBpftrace = Path.GetFileName(Environment.GetCommandLineArgs()[0]) == "bpftrace";
string? verb = isBpftrace ? "trace" : args.FirstOrDefault();
if (verb is "trace" or "tools") SignalWatch.StopIgnoring();
if (verb == "trace") return CommandLine.Guard(() => TraceCommand.Run(isBpftrace ? args : args[1..]));
if (verb == "tools") return CommandLine.Guard(() => ToolsVerb.Run(args[1..]));

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
