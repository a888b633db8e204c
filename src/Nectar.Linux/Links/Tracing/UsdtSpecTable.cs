// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// The two maps through which argument specs reach a USDT program (<c>__bpf_usdt_specs</c>, <c>__bpf_usdt_ip_to_spec_id</c>), and
/// which of their slots are taken. Programs of one object share it; it lives while a probe uses it.
/// </summary>
internal sealed class UsdtSpecTable
{
    private const string SpecMap = "__bpf_usdt_spec", AddressMap = "__bpf_usdt_ip_t"; // as far as the kernel keeps names
    private static readonly Dictionary<uint, UsdtSpecTable> s_live = [];

    private readonly KernelMap _specs;
    private readonly KernelMap? _addresses;
    private readonly uint _id;
    private readonly SortedSet<int> _free = [];
    private int _next, _users;

    private UsdtSpecTable(uint id, KernelMap specs, KernelMap? addresses, UsdtSpecLayout layout)
    {
        _id = id;
        _specs = specs;
        _addresses = addresses;
        Layout = layout;
    }

    internal UsdtSpecLayout Layout { get; }

    /// <summary>The table of a program's object; give it back with <see cref="Release"/>.</summary>
    /// <exception cref="KernelException">NEC4108: the program has no such maps.</exception>
    internal static UsdtSpecTable Of(KernelProgram program)
    {
        KernelMap? specs = null, addresses = null;
        try
        {
            foreach (uint id in program.GetInfo().MapIds)
            {
                KernelMap map = KernelMap.OpenById(id);
                if (map.Name == SpecMap && specs is null) specs = map;
                else if (map.Name == AddressMap && addresses is null) addresses = map;
                else map.Dispose();
            }

            if (specs is null) throw NoSpecs(program, "it has no map '__bpf_usdt_specs'");
            MapInfo info = specs.GetInfo();
            lock (s_live)
            {
                if (!s_live.TryGetValue(info.Id, out UsdtSpecTable? table))
                {
                    UsdtSpecLayout layout = UsdtSpecLayout.Find(ReadTypes(info.BtfId), info.ValueTypeId, info.ValueSize)
                        ?? throw NoSpecs(program, $"the values of its map '__bpf_usdt_specs' ({info.ValueSize} bytes) are not those of usdt.bpf.h");
                    s_live.Add(info.Id, table = new UsdtSpecTable(info.Id, specs, addresses, layout));
                    (specs, addresses) = (null, null);
                }

                table._users++;
                return table;
            }
        }
        finally
        {
            specs?.Dispose();
            addresses?.Dispose();
        }
    }

    /// <summary>Puts a spec into a free slot.</summary>
    /// <exception cref="KernelException">NEC4108: all are taken.</exception>
    internal int Add(byte[] spec)
    {
        int slot;
        lock (s_live)
        {
            if (_free.Count > 0)
            {
                slot = _free.Min;
                _free.Remove(slot);
            }
            else if (_next < (int)_specs.Definition.MaxEntries)
            {
                slot = _next++;
            }
            else
            {
                throw new KernelException(Diagnostic.Error(TracingCodes.Usdt, $"map '__bpf_usdt_specs': all {_specs.Definition.MaxEntries} slots are taken by attached probes",
                    "help: compile the program with a larger BPF_USDT_MAX_SPEC_CNT"), Errno.E2BIG, "bpf(BPF_MAP_UPDATE_ELEM)", "__bpf_usdt_specs");
            }
        }

        Errno errno = _specs.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in slot)), spec);
        if (errno == Errno.None) return slot;
        Free([slot]);
        throw Refusal.Make(TracingCodes.Usdt, "map '__bpf_usdt_specs'", "write the spec of a probe", "bpf(BPF_MAP_UPDATE_ELEM)", errno);
    }

    /// <summary>For kernels without cookies: tells programs which spec belongs to the address that they stopped at.</summary>
    internal void AddAddress(long address, int slot)
    {
        if (_addresses is null) throw new KernelException(Diagnostic.Error(TracingCodes.Usdt, "the program has no map '__bpf_usdt_ip_to_spec_id', which kernels without cookies need"), Errno.ENOENT, "bpf(BPF_MAP_UPDATE_ELEM)", "__bpf_usdt_ip_to_spec_id");
        Errno errno = _addresses.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in address)), MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in slot)));
        if (errno != Errno.None)
        {
            throw Refusal.Make(TracingCodes.Usdt, "map '__bpf_usdt_ip_to_spec_id'", "write the address of a probe", "bpf(BPF_MAP_UPDATE_ELEM)", errno,
                errno == Errno.E2BIG ? ["help: compile the program with a larger BPF_USDT_MAX_IP_CNT"] : []);
        }
    }

    internal void RemoveAddress(long address) => _addresses?.Delete(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in address)));

    internal void Free(ReadOnlySpan<int> slots)
    {
        lock (s_live)
        {
            foreach (int slot in slots) _free.Add(slot);
        }
    }

    internal void Release()
    {
        lock (s_live)
        {
            if (--_users > 0) return;
            s_live.Remove(_id);
        }

        _specs.Dispose();
        _addresses?.Dispose();
    }

    private static BtfTypes? ReadTypes(uint id)
    {
        if (id == 0) return null;
        using KernelHandle handle = BtfObjects.Open(id);
        DiagnosticBag problems = new();
        return BtfTypes.TryParse(BtfObjects.ReadBytes(handle), null, problems, out BtfTypes? types) ? types : null;
    }

    private static KernelException NoSpecs(KernelProgram program, string why) => new(
        Diagnostic.Error(TracingCodes.Usdt, $"program '{program.Name}': attach it to a USDT probe: {why}", "help: include <bpf/usdt.bpf.h> and read the arguments with BPF_USDT or bpf_usdt_arg, or attach it without arguments (UsdtOptions.WithoutArguments)"),
        Errno.ENOENT, "bpf(BPF_OBJ_GET_INFO_BY_FD)", program.Name);
}
