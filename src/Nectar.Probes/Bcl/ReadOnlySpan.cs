// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.ReadOnlySpan&lt;T&gt;</c> in compiled programs: an address and a length; what is out of range aborts the program.</summary>
internal readonly unsafe ref struct ReadOnlySpan<T>
{
    private readonly ref T _reference;
    private readonly int _length;

    public ReadOnlySpan(void* pointer, int length)
    {
        if (length < 0) Fail.Abort();
        _reference = ref Unsafe.AsRef<T>(pointer);
        _length = length;
    }

    public ReadOnlySpan(ref readonly T reference)
    {
        _reference = ref Unsafe.AsRef(in reference);
        _length = 1;
    }

    internal ReadOnlySpan(ref T reference, int length)
    {
        _reference = ref reference;
        _length = length;
    }

    public static ReadOnlySpan<T> Empty => default;

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    internal ref T Reference => ref _reference;

    public ref readonly T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)_length) Fail.Abort();
            return ref Unsafe.Add(ref _reference, (nint)(uint)index);
        }
    }

    public static bool operator ==(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => left._length == right._length && Unsafe.AreSame(ref left._reference, ref right._reference);

    public static bool operator !=(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => !(left == right);

    public ReadOnlySpan<T> Slice(int start)
    {
        if ((uint)start > (uint)_length) Fail.Abort();
        return new ReadOnlySpan<T>(ref Unsafe.Add(ref _reference, (nint)(uint)start), _length - start);
    }

    public ReadOnlySpan<T> Slice(int start, int length)
    {
        if ((ulong)(uint)start + (uint)length > (uint)_length) Fail.Abort();
        return new ReadOnlySpan<T>(ref Unsafe.Add(ref _reference, (nint)(uint)start), length);
    }

    public void CopyTo(Span<T> destination)
    {
        if ((uint)_length > (uint)destination.Length) Fail.Abort();
        for (int i = 0; i < _length; i++) Unsafe.Add(ref destination.Reference, (nint)(uint)i) = Unsafe.Add(ref _reference, (nint)(uint)i);
    }

    public bool TryCopyTo(Span<T> destination)
    {
        if ((uint)_length > (uint)destination.Length) return false;
        for (int i = 0; i < _length; i++) Unsafe.Add(ref destination.Reference, (nint)(uint)i) = Unsafe.Add(ref _reference, (nint)(uint)i);
        return true;
    }

    public Enumerator GetEnumerator() => new(this);

    public ref readonly T GetPinnableReference() => ref _reference;

    public override bool Equals(object? obj) => false;

    public override int GetHashCode() => 0;

    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<T> _span;
        private int _index;

        internal Enumerator(ReadOnlySpan<T> span)
        {
            _span = span;
            _index = -1;
        }

        public readonly ref readonly T Current => ref Unsafe.Add(ref _span._reference, (nint)(uint)_index);

        public bool MoveNext()
        {
            int next = _index + 1;
            if (next >= _span._length) return false;
            _index = next;
            return true;
        }
    }
}
