// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.Span&lt;T&gt;</c> in compiled programs: an address and a length; what is out of range aborts the program.</summary>
internal readonly unsafe ref struct Span<T>
{
    private readonly ref T _reference;
    private readonly int _length;

    public Span(void* pointer, int length)
    {
        if (length < 0) Fail.Abort();
        _reference = ref Unsafe.AsRef<T>(pointer);
        _length = length;
    }

    public Span(ref T reference)
    {
        _reference = ref reference;
        _length = 1;
    }

    internal Span(ref T reference, int length)
    {
        _reference = ref reference;
        _length = length;
    }

    public static Span<T> Empty => default;

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    internal ref T Reference => ref _reference;

    public ref T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)_length) Fail.Abort();
            return ref Unsafe.Add(ref _reference, (nint)(uint)index);
        }
    }

    public static implicit operator ReadOnlySpan<T>(Span<T> span) => new(ref span._reference, span._length);

    public static bool operator ==(Span<T> left, Span<T> right) => left._length == right._length && Unsafe.AreSame(ref left._reference, ref right._reference);

    public static bool operator !=(Span<T> left, Span<T> right) => !(left == right);

    public Span<T> Slice(int start)
    {
        if ((uint)start > (uint)_length) Fail.Abort();
        return new Span<T>(ref Unsafe.Add(ref _reference, (nint)(uint)start), _length - start);
    }

    public Span<T> Slice(int start, int length)
    {
        if ((ulong)(uint)start + (uint)length > (uint)_length) Fail.Abort();
        return new Span<T>(ref Unsafe.Add(ref _reference, (nint)(uint)start), length);
    }

    public void Clear()
    {
        for (int i = 0; i < _length; i++) Unsafe.Add(ref _reference, (nint)(uint)i) = default!;
    }

    public void Fill(T value)
    {
        for (int i = 0; i < _length; i++) Unsafe.Add(ref _reference, (nint)(uint)i) = value;
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

    public ref T GetPinnableReference() => ref _reference;

    public override bool Equals(object? obj) => false;

    public override int GetHashCode() => 0;

    public ref struct Enumerator
    {
        private readonly Span<T> _span;
        private int _index;

        internal Enumerator(Span<T> span)
        {
            _span = span;
            _index = -1;
        }

        public readonly ref T Current => ref Unsafe.Add(ref _span._reference, (nint)(uint)_index);

        public bool MoveNext()
        {
            int next = _index + 1;
            if (next >= _span._length) return false;
            _index = next;
            return true;
        }
    }
}
