// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// A longest-prefix-match trie whose keys are networks: 4 bytes of prefix length, then 4 bytes (IPv4) or 16 (IPv6) of address.
/// </summary>
/// <typeparam name="TValue">The value, laid out as in the program.</typeparam>
public sealed class LpmTrieView<TValue> : IEnumerable<KeyValuePair<IPNetwork, TValue>>
    where TValue : unmanaged
{
    private const int LengthSize = 4, LargestKey = LengthSize + 16;
    private readonly BpfMap _map;
    private readonly int _addressSize;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map is no trie, its keys are no addresses, or the value's size differs.</exception>
    public LpmTrieView(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a trie of networks", MapType.LpmTrie);
        ViewChecks.Size<TValue>(map, (uint)map.UserValueSize, "value");
        _map = map;
        _addressSize = (int)map.Definition.KeySize - LengthSize;
        if (_addressSize is not (4 or 16))
        {
            throw new LoadException(Diagnostic.Error(MapCodes.View, $"map '{map.Name}': its key has {map.Definition.KeySize} bytes, but a network has 8 (IPv4) or 20 (IPv6)", "help: use MapView with a struct of the key"));
        }
    }

    /// <summary>Finds the value of the longest prefix that an address lies in.</summary>
    /// <exception cref="ArgumentException">The address is of the other family.</exception>
    public bool TryGet(IPAddress address, out TValue value) => TryGet(address, _addressSize * 8, out value);

    /// <summary>Finds the value of the longest prefix that a whole network lies in.</summary>
    public bool TryGet(IPNetwork network, out TValue value) => TryGet(network.BaseAddress, network.PrefixLength, out value);

    /// <summary>Sets the value of a network.</summary>
    /// <exception cref="MapException">The map is full.</exception>
    public void Set(IPNetwork network, TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        Span<byte> key = stackalloc byte[LargestKey];
        Errno errno = _map.Update(Key(key, network.BaseAddress, network.PrefixLength), ViewChecks.Bytes(ref value), flags);
        if (errno != Errno.None) throw new MapException(_map, $"update of {network}", errno);
    }

    /// <summary>Removes a network; networks inside it stay.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Remove(IPNetwork network)
    {
        Span<byte> key = stackalloc byte[LargestKey];
        Errno errno = _map.Delete(Key(key, network.BaseAddress, network.PrefixLength));
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, $"delete of {network}", errno);
        return errno == Errno.None;
    }

    /// <summary>Walks over the networks; changes meanwhile are fine.</summary>
    public IEnumerator<KeyValuePair<IPNetwork, TValue>> GetEnumerator()
    {
        foreach ((byte[] key, byte[] value) in _map.Snapshot())
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(key);
            yield return new KeyValuePair<IPNetwork, TValue>(new IPNetwork(new IPAddress(key.AsSpan(LengthSize)), length), MemoryMarshal.Read<TValue>(value));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool TryGet(IPAddress address, int length, out TValue value)
    {
        value = default;
        Span<byte> key = stackalloc byte[LargestKey];
        Errno errno = _map.Lookup(Key(key, address, length), ViewChecks.Bytes(ref value));
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "look-up", errno);
        return errno == Errno.None;
    }

    private Span<byte> Key(Span<byte> room, IPAddress address, int length)
    {
        ArgumentNullException.ThrowIfNull(address);
        AddressFamily family = _addressSize == 4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (address.AddressFamily != family) throw new ArgumentException($"map '{_map.Name}' has keys of {_addressSize} bytes, which {address} is not", nameof(address));
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        address.TryWriteBytes(room[LengthSize..], out int written);
        return room[..(LengthSize + written)];
    }
}
