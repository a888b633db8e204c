// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// A walk from key to key that survives changes of the map. A map that is asked for the key behind one that was deleted meanwhile
/// starts again at its first key, and so could go on for ever: keys that were seen are skipped, so that every element that stays
/// in the map is met once, and a limit ends a walk that the map's changes outrun.
/// </summary>
internal sealed class KeyWalk
{
    private readonly KeySet? _seen;
    private readonly byte[] _current;
    private bool _isStarted;
    private long _stepsLeft;

    internal KeyWalk(MapDefinition map)
    {
        _current = new byte[map.KeySize];
        _seen = HasFixedKeys(map.Type) ? null : new KeySet();
        _stepsLeft = StepLimit(map);
    }

    /// <summary>Gives the next key.</summary>
    /// <returns><see cref="Errno.ENOENT"/> at the end; <see cref="Errno.EAGAIN"/> if the map changed too fast: what was seen is not all.</returns>
    internal Errno Next(BpfMap map, Span<byte> key)
    {
        while (_stepsLeft-- > 0)
        {
            Errno errno = map.GetNextKey(_isStarted ? _current : default(ReadOnlySpan<byte>), key);
            if (errno != Errno.None) return errno;
            _isStarted = true;
            key[.._current.Length].CopyTo(_current);
            if (_seen is null || _seen.Add(_current)) return Errno.None;
        }

        return Errno.EAGAIN;
    }

    /// <summary>Four times as often as the map has elements: only a map that others change without pause gets there.</summary>
    internal static long StepLimit(MapDefinition map) => (4L * map.MaxEntries) + 4096;

    /// <summary>True for maps whose keys are indices: none can vanish.</summary>
    private static bool HasFixedKeys(MapType type) => type is MapType.Array or MapType.PerCpuArray or MapType.ProgArray or MapType.PerfEventArray or MapType.CgroupArray
        or MapType.ArrayOfMaps or MapType.DevMap or MapType.SockMap or MapType.CpuMap or MapType.XskMap or MapType.ReuseportSockArray or MapType.StructOps;
}
