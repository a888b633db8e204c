// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli;
using Nectar.Cli.Verbs;

RootCommand root = new("A complete BPF platform: assemble, look at, run and check BPF programs.")
{
    RunVerb.Create(),
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
