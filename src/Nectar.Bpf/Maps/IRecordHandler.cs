// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Gets the records of a ring buffer. A struct that implements it is compiled into the reading loop: no call through a delegate.</summary>
public interface IRecordHandler
{
    /// <summary>Gets one record; the bytes are the ring's own memory, aligned to 8, and end with the call.</summary>
    /// <returns>False to stop reading after this record, which counts as read.</returns>
    bool OnRecord(ReadOnlySpan<byte> record);
}

/// <summary>As <see cref="IRecordHandler"/>, for records that are C# structs.</summary>
/// <typeparam name="T">A record, laid out as in the program.</typeparam>
public interface IRecordHandler<T>
    where T : unmanaged
{
    /// <summary>Gets one record; the reference points into the ring and ends with the call.</summary>
    /// <returns>False to stop reading after this record, which counts as read.</returns>
    bool OnRecord(ref readonly T record);
}

/// <summary>Gets one record; the bytes are the ring's own memory and end with the call.</summary>
/// <returns>False to stop reading after this record, which counts as read.</returns>
public delegate bool RingBufferCallback(ReadOnlySpan<byte> record);

/// <summary>Gets one typed record; the reference points into the ring and ends with the call.</summary>
public delegate void RecordCallback<T>(ref readonly T record)
    where T : unmanaged;

/// <summary>A delegate as a handler.</summary>
internal readonly struct CallbackHandler(RingBufferCallback callback) : IRecordHandler
{
    public bool OnRecord(ReadOnlySpan<byte> record) => callback(record);
}

/// <summary>A delegate as a handler of typed records.</summary>
internal readonly struct CallbackHandler<T>(RecordCallback<T> callback) : IRecordHandler<T>
    where T : unmanaged
{
    public bool OnRecord(ref readonly T record)
    {
        callback(in record);
        return true;
    }
}
