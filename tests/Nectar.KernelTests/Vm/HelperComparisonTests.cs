// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Vm;

/// <summary>Helpers here and in the kernel: the same program on the same packet gives the same verdict, packet and map.</summary>
public sealed class HelperComparisonTests
{
    /// <summary>Name, program type, body. Bodies may use the array map <c>out</c> (four values of 64 bits), whose contents are compared too.</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "adjust_head grow", "xdp", "r6 = r1\nr2 = -20\ncall bpf_xdp_adjust_head\nexit" },
        { "adjust_head shrink", "xdp", "r6 = r1\nr2 = 20\ncall bpf_xdp_adjust_head\nexit" },
        { "adjust_head too far", "xdp", "r6 = r1\nr2 = -217\ncall bpf_xdp_adjust_head\nexit" },
        { "adjust_head to the limit", "xdp", "r6 = r1\nr2 = -216\ncall bpf_xdp_adjust_head\nexit" },
        { "adjust_head beyond the end", "xdp", "r2 = 51\ncall bpf_xdp_adjust_head\nexit" },
        { "adjust_tail shrink", "xdp", "r2 = -10\ncall bpf_xdp_adjust_tail\nexit" },
        { "adjust_tail grow", "xdp", "r2 = 100\ncall bpf_xdp_adjust_tail\nexit" },
        { "adjust_tail too short", "xdp", "r2 = -51\ncall bpf_xdp_adjust_tail\nexit" },
        { "adjust_tail too long", "xdp", "r2 = 4000\ncall bpf_xdp_adjust_tail\nexit" },
        { "adjust_meta", "xdp", "r2 = -8\ncall bpf_xdp_adjust_meta\nexit" },
        { "adjust_meta unaligned", "xdp", "r2 = -6\ncall bpf_xdp_adjust_meta\nexit" },
        { "adjust_meta to the largest", "xdp", "r2 = -216\ncall bpf_xdp_adjust_meta\nexit" },
        { "adjust_meta forward", "xdp", "r2 = 4\ncall bpf_xdp_adjust_meta\nexit" },
        { "meta then head", "xdp", "r6 = r1\nr2 = -8\ncall bpf_xdp_adjust_meta\nr1 = r6\nr2 = -210\ncall bpf_xdp_adjust_head\nexit" },
        { "get_buff_len", "xdp", "call bpf_xdp_get_buff_len\nexit" },
        { "xdp_load_bytes", "xdp", "r2 = 10\nr3 = r10\nr3 += -8\nr4 = 8\ncall bpf_xdp_load_bytes\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit" },
        { "redirect", "xdp", "r1 = 5\nr2 = 0\ncall bpf_redirect\nexit" },
        { "redirect flags", "xdp", "r1 = 5\nr2 = 9\ncall bpf_redirect\nexit" },
        { "skb_load_bytes", "sched_cls", "r2 = 14\nr3 = r10\nr3 += -8\nr4 = 8\ncall bpf_skb_load_bytes\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit" },
        { "skb_load_bytes outside", "sched_cls", "r2 = 60\nr3 = r10\nr3 += -8\nr4 = 8\ncall bpf_skb_load_bytes\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit" },
        { "skb_load_bytes_relative net", "sched_cls", "r2 = 2\nr3 = r10\nr3 += -8\nr4 = 4\nr5 = 1\ncall bpf_skb_load_bytes_relative\nr1 = *(u32 *)(r10 - 8)\nr0 += r1\nexit" },
        { "skb_store_bytes", "sched_cls", "*(u64 *)(r10 - 8) = 0x1234567\nr2 = 20\nr3 = r10\nr3 += -8\nr4 = 6\nr5 = 0\ncall bpf_skb_store_bytes\nexit" },
        { "skb_store_bytes outside", "sched_cls", "*(u64 *)(r10 - 8) = 7\nr2 = 60\nr3 = r10\nr3 += -8\nr4 = 6\nr5 = 0\ncall bpf_skb_store_bytes\nexit" },
        { "skb_store_bytes flags", "sched_cls", "*(u64 *)(r10 - 8) = 7\nr2 = 20\nr3 = r10\nr3 += -8\nr4 = 6\nr5 = 8\ncall bpf_skb_store_bytes\nexit" },
        { "l3_csum_replace 2", "sched_cls", "r2 = 24\nr3 = 0x1234\nr4 = 0xfedc\nr5 = 2\ncall bpf_l3_csum_replace\nexit" },
        { "l3_csum_replace 4", "sched_cls", "r2 = 24\nr3 = 0x12345678\nr4 = 0x7edcba98\nr5 = 4\ncall bpf_l3_csum_replace\nexit" },
        { "l3_csum_replace diff", "sched_cls", "r2 = 24\nr3 = 0\nr4 = 0x1234\nr5 = 0\ncall bpf_l3_csum_replace\nexit" },
        { "l3_csum_replace odd", "sched_cls", "r2 = 25\nr3 = 0\nr4 = 0x1234\nr5 = 2\ncall bpf_l3_csum_replace\nexit" },
        { "l3_csum_replace bad size", "sched_cls", "r2 = 24\nr3 = 0\nr4 = 0x1234\nr5 = 3\ncall bpf_l3_csum_replace\nexit" },
        { "l4_csum_replace 2", "sched_cls", "r2 = 50\nr3 = 80\nr4 = 8080\nr5 = 2\ncall bpf_l4_csum_replace\nexit" },
        { "l4_csum_replace 4 pseudo", "sched_cls", "r2 = 50\nr3 = 0x0a000001\nr4 = 0x0a000002\nr5 = 0x14\ncall bpf_l4_csum_replace\nexit" },
        { "l4_csum_replace mangled", "sched_cls", "r2 = 40\nr3 = 80\nr4 = 8080\nr5 = 0x22\ncall bpf_l4_csum_replace\nexit" },
        { "csum_diff both", "sched_cls", "*(u64 *)(r10 - 8) = 0x12345678\n*(u64 *)(r10 - 16) = -2\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = 8\nr5 = 0\ncall bpf_csum_diff\nexit" },
        { "csum_diff push", "sched_cls", "*(u64 *)(r10 - 8) = 0x12345678\nr1 = 0\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0x4321\ncall bpf_csum_diff\nexit" },
        { "csum_diff pull", "sched_cls", "*(u64 *)(r10 - 8) = 0x12345678\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\nr4 = 0\nr5 = 0x4321\ncall bpf_csum_diff\nexit" },
        { "change_tail grow", "sched_cls", "r2 = 100\nr3 = 0\ncall bpf_skb_change_tail\nexit" },
        { "change_tail shrink", "sched_cls", "r2 = 40\nr3 = 0\ncall bpf_skb_change_tail\nexit" },
        { "change_head", "sched_cls", "r2 = 16\nr3 = 0\ncall bpf_skb_change_head\nexit" },
        { "change_proto 6", "sched_cls", "r2 = 0xdd86\nr3 = 0\ncall bpf_skb_change_proto\nexit" },
        { "adjust_room mac grow", "sched_cls", "r2 = 8\nr3 = 1\nr4 = 0\ncall bpf_skb_adjust_room\nexit" },
        { "adjust_room net grow", "sched_cls", "r2 = 8\nr3 = 0\nr4 = 0\ncall bpf_skb_adjust_room\nexit" },
        { "adjust_room mac shrink", "sched_cls", "r2 = -8\nr3 = 1\nr4 = 0\ncall bpf_skb_adjust_room\nexit" },
        { "adjust_room too much", "sched_cls", "r2 = -45\nr3 = 1\nr4 = 0\ncall bpf_skb_adjust_room\nexit" },
        { "vlan_push", "sched_cls", "r6 = r1\nr2 = 0x81\nr3 = 5\ncall bpf_skb_vlan_push\nr0 = *(u32 *)(r6 + 24)\nexit" },
        { "vlan_push twice", "sched_cls", "r6 = r1\nr2 = 0x81\nr3 = 5\ncall bpf_skb_vlan_push\nr1 = r6\nr2 = 0x81\nr3 = 6\ncall bpf_skb_vlan_push\nr0 = *(u32 *)(r6 + 24)\nexit" },
        { "vlan_push pop", "sched_cls", "r6 = r1\nr2 = 0x81\nr3 = 5\ncall bpf_skb_vlan_push\nr1 = r6\ncall bpf_skb_vlan_pop\nr0 = *(u32 *)(r6 + 20)\nexit" },
        { "pull_data", "sched_cls", "r2 = 30\ncall bpf_skb_pull_data\nexit" },
        { "pull_data too much", "sched_cls", "r2 = 3000\ncall bpf_skb_pull_data\nexit" },
        { "change_type", "sched_cls", "r6 = r1\nr2 = 3\ncall bpf_skb_change_type\nr1 = *(u32 *)(r6 + 4)\nr0 += r1\nexit" },
        { "set_hash", "sched_cls", "r6 = r1\nr2 = 77\ncall bpf_set_hash\nr1 = r6\ncall bpf_get_hash_recalc\nexit" },
        { "csum_level", "sched_cls", "r2 = 0\ncall bpf_csum_level\nexit" },
        { "csum_update", "sched_cls", "r2 = 7\ncall bpf_csum_update\nexit" },
        { "tc redirect", "sched_cls", "r1 = 1\nr2 = 0\ncall bpf_redirect\nexit" },
        { "tc redirect bad flags", "sched_cls", "r1 = 1\nr2 = 4\ncall bpf_redirect\nexit" },
        { "skb fields", "sched_cls", "r0 = *(u32 *)(r1 + 0)\nr2 = *(u32 *)(r1 + 16)\nr0 += r2\nr2 = *(u32 *)(r1 + 4)\nr0 += r2\nexit" },
        { "ld_abs", "sched_cls", "r6 = r1\nr0 = *(u16 *)skb[12]\nr7 = r0\nr0 = *(u32 *)skb[26]\nr0 += r7\nexit" },
        { "ld_abs outside", "sched_cls", "r6 = r1\nr0 = *(u32 *)skb[61]\nr0 = 7\nexit" },
        { "strtol", "sched_cls", Text("  -123x") + "r1 = r10\nr1 += -16\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -24\n*(u64 *)(r10 - 24) = 0\ncall bpf_strtol\nr1 = *(u64 *)(r10 - 24)\nr0 <<= 16\nr0 += r1\nexit" },
        { "strtol hex", "sched_cls", Text("0x1fz") + "r1 = r10\nr1 += -16\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -24\n*(u64 *)(r10 - 24) = 0\ncall bpf_strtol\nr1 = *(u64 *)(r10 - 24)\nr0 <<= 16\nr0 += r1\nexit" },
        { "strtol octal", "sched_cls", Text("0179") + "r1 = r10\nr1 += -16\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -24\n*(u64 *)(r10 - 24) = 0\ncall bpf_strtol\nr1 = *(u64 *)(r10 - 24)\nr0 <<= 16\nr0 += r1\nexit" },
        { "strtoul negative", "sched_cls", Text("-5") + "r1 = r10\nr1 += -16\nr2 = 8\nr3 = 10\nr4 = r10\nr4 += -24\n*(u64 *)(r10 - 24) = 0\ncall bpf_strtoul\nexit" },
        { "strtoul nothing", "sched_cls", Text("  ") + "r1 = r10\nr1 += -16\nr2 = 2\nr3 = 10\nr4 = r10\nr4 += -24\n*(u64 *)(r10 - 24) = 0\ncall bpf_strtoul\nexit" },
        { "strtol base", "sched_cls", Text("12") + "r1 = r10\nr1 += -16\nr2 = 2\nr3 = 12\nr4 = r10\nr4 += -24\n*(u64 *)(r10 - 24) = 0\ncall bpf_strtol\nexit" },
        { "map update flags", "sched_cls", "*(u32 *)(r10 - 4) = 1\n*(u64 *)(r10 - 16) = 9\nr1 = out ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 1\ncall bpf_map_update_elem\nexit" },
        { "map update", "sched_cls", "*(u32 *)(r10 - 4) = 2\n*(u64 *)(r10 - 16) = 9\nr1 = out ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall bpf_map_update_elem\nexit" },
        { "map update outside", "sched_cls", "*(u32 *)(r10 - 4) = 4\n*(u64 *)(r10 - 16) = 9\nr1 = out ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall bpf_map_update_elem\nexit" },
        { "map delete array", "sched_cls", "*(u32 *)(r10 - 4) = 1\nr1 = out ll\nr2 = r10\nr2 += -4\ncall bpf_map_delete_elem\nexit" },
        { "probe_read_kernel null", "sched_cls", "*(u64 *)(r10 - 8) = -1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall bpf_probe_read_kernel\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit" },
        { "probe_read_kernel_str null", "sched_cls", "*(u64 *)(r10 - 8) = -1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall bpf_probe_read_kernel_str\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit" },
        { "probe_read_kernel stack", "sched_cls", "*(u64 *)(r10 - 8) = -1\n*(u64 *)(r10 - 16) = 77\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = r10\nr3 += -16\ncall bpf_probe_read_kernel\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit" },
        { "probe_read_kernel_str stack", "sched_cls", "*(u64 *)(r10 - 8) = -1\n*(u64 *)(r10 - 16) = 0x616263\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = r10\nr3 += -16\ncall bpf_probe_read_kernel_str\nr1 = *(u32 *)(r10 - 8)\nr0 += r1\nexit" },
        { "dynptr from_mem write read", "sched_cls", "*(u64 *)(r10 - 8) = 0x55\nr1 = out ll\n*(u32 *)(r10 - 48) = 1\nr2 = r10\nr2 += -48\ncall bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -32\ncall bpf_dynptr_from_mem\nr1 = r10\nr1 += -32\nr2 = 1\nr3 = r10\nr3 += -8\nr4 = 7\nr5 = 0\ncall bpf_dynptr_write\nr6 = r0\nr1 = r10\nr1 += -32\nr2 = 2\nr3 = r10\nr3 += -8\nr4 = 7\nr5 = 0\ncall bpf_dynptr_write\nr0 += r6\nout:\nexit" },
    };

    [BpfTheory, MemberData(nameof(Cases))]
    public void Helper_HereAndInKernel_Agree(string name, string type, string body)
    {
        string text = $".license \"GPL\"\n.map out type=array key=u32 value=u64 max=4\n.program main type={type}\n{body}\n";
        BpfObject @object = Assembler.Assemble(text);
        byte[] packet = new byte[64];
        for (int i = 0; i < packet.Length; i++) packet[i] = (byte)((i * 7) + 1);
        (packet[12], packet[13], packet[14], packet[23], packet[40], packet[41]) = (8, 0, 0x45, 6, 0, 0);

        using KernelObject there = KernelObject.Load(@object);
        TestRunResult kernel = there.Programs[0].TestRun(new TestRunInput { Data = packet });
        foreach (VmEngine engine in new[] { VmEngine.Interpreter, VmEngine.Jit })
        {
            using VmObject loaded = VmObject.Load(@object, new VmOptions { Engine = engine });
            RunResult ours = loaded.Programs[0].Run(packet);
            Assert.True(ours.Fault is null, $"{name}: {ours.Fault}");
            Assert.True(kernel.ReturnValue == ours.ReturnValue, $"{name}, {engine}: kernel 0x{kernel.ReturnValue:x} ({(int)kernel.ReturnValue}), here 0x{ours.ReturnValue:x} ({(int)ours.ReturnValue})");
            Assert.True(kernel.Data.AsSpan().SequenceEqual((byte[])[.. ours.Metadata, .. ours.Packet]), $"{name}, {engine}:\nkernel {Convert.ToHexString(kernel.Data)}\nhere   {Convert.ToHexString(ours.Packet)}");
            for (int i = 0; i < 4; i++)
            {
                byte[] key = BitConverter.GetBytes(i), a = new byte[8], b = new byte[8];
                Assert.Equal(Errno.None, there.Maps[0].Lookup(key, a));
                loaded.Maps[0].Lookup(key, b);
                Assert.Equal(a, b);
            }
        }
    }

    /// <summary>Puts text at r10 - 16, padded with zeros.</summary>
    private static string Text(string text)
    {
        byte[] bytes = new byte[16];
        Encoding.ASCII.GetBytes(text, bytes);
        StringBuilder code = new();
        for (int i = 0; i < 4; i++) code.Append(CultureInfo.InvariantCulture, $"*(u32 *)(r10 - {16 - (4 * i)}) = {BitConverter.ToInt32(bytes, 4 * i)}\n");
        return code.ToString();
    }
}
