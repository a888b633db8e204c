// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl;

// Members of the integer types, by the names of their types: the value is the first field, as in the type itself, and is there before.
#pragma warning disable CS0649

/// <summary>Stands for members of <c>System.SByte</c> in compiled programs.</summary>
internal readonly struct SByte
{
    private readonly sbyte _value;

    public bool Equals(sbyte other) => _value == other;

    public int CompareTo(sbyte other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static sbyte Min(sbyte left, sbyte right) => left < right ? left : right;

    public static sbyte Max(sbyte left, sbyte right) => left > right ? left : right;

    public static sbyte Clamp(sbyte value, sbyte min, sbyte max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(sbyte value) => (value & 1) == 0;

    public static bool IsOddInteger(sbyte value) => (value & 1) != 0;

    public static sbyte Abs(sbyte value)
    {
        if (value >= 0) return value;
        if (value == sbyte.MinValue) Fail.Abort();
        return (sbyte)(-value);
    }

    public static int Sign(sbyte value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNegative(sbyte value) => value < 0;

    public static bool IsPositive(sbyte value) => value >= 0;
}

/// <summary>Stands for members of <c>System.Byte</c> in compiled programs.</summary>
internal readonly struct Byte
{
    private readonly byte _value;

    public bool Equals(byte other) => _value == other;

    public int CompareTo(byte other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static byte Min(byte left, byte right) => left < right ? left : right;

    public static byte Max(byte left, byte right) => left > right ? left : right;

    public static byte Clamp(byte value, byte min, byte max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(byte value) => (value & 1) == 0;

    public static bool IsOddInteger(byte value) => (value & 1) != 0;
}

/// <summary>Stands for members of <c>System.Int16</c> in compiled programs.</summary>
internal readonly struct Int16
{
    private readonly short _value;

    public bool Equals(short other) => _value == other;

    public int CompareTo(short other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static short Min(short left, short right) => left < right ? left : right;

    public static short Max(short left, short right) => left > right ? left : right;

    public static short Clamp(short value, short min, short max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(short value) => (value & 1) == 0;

    public static bool IsOddInteger(short value) => (value & 1) != 0;

    public static short Abs(short value)
    {
        if (value >= 0) return value;
        if (value == short.MinValue) Fail.Abort();
        return (short)(-value);
    }

    public static int Sign(short value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNegative(short value) => value < 0;

    public static bool IsPositive(short value) => value >= 0;
}

/// <summary>Stands for members of <c>System.UInt16</c> in compiled programs.</summary>
internal readonly struct UInt16
{
    private readonly ushort _value;

    public bool Equals(ushort other) => _value == other;

    public int CompareTo(ushort other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static ushort Min(ushort left, ushort right) => left < right ? left : right;

    public static ushort Max(ushort left, ushort right) => left > right ? left : right;

    public static ushort Clamp(ushort value, ushort min, ushort max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(ushort value) => (value & 1) == 0;

    public static bool IsOddInteger(ushort value) => (value & 1) != 0;
}

/// <summary>Stands for members of <c>System.Int32</c> in compiled programs.</summary>
internal readonly struct Int32
{
    private readonly int _value;

    public bool Equals(int other) => _value == other;

    public int CompareTo(int other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static int Min(int left, int right) => left < right ? left : right;

    public static int Max(int left, int right) => left > right ? left : right;

    public static int Clamp(int value, int min, int max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(int value) => (value & 1) == 0;

    public static bool IsOddInteger(int value) => (value & 1) != 0;

    public static int Abs(int value)
    {
        if (value >= 0) return value;
        if (value == int.MinValue) Fail.Abort();
        return (int)(-value);
    }

    public static int Sign(int value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNegative(int value) => value < 0;

    public static bool IsPositive(int value) => value >= 0;

    public static int RotateLeft(int value, int count) => (int)Numerics.BitOperations.RotateLeft((uint)value, count);

    public static int RotateRight(int value, int count) => (int)Numerics.BitOperations.RotateRight((uint)value, count);

    public static int PopCount(int value) => (int)Numerics.BitOperations.PopCount((uint)value);

    public static int LeadingZeroCount(int value) => (int)Numerics.BitOperations.LeadingZeroCount((uint)value);

    public static int TrailingZeroCount(int value) => (int)Numerics.BitOperations.TrailingZeroCount((uint)value);
}

/// <summary>Stands for members of <c>System.UInt32</c> in compiled programs.</summary>
internal readonly struct UInt32
{
    private readonly uint _value;

    public bool Equals(uint other) => _value == other;

    public int CompareTo(uint other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static uint Min(uint left, uint right) => left < right ? left : right;

    public static uint Max(uint left, uint right) => left > right ? left : right;

    public static uint Clamp(uint value, uint min, uint max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(uint value) => (value & 1) == 0;

    public static bool IsOddInteger(uint value) => (value & 1) != 0;

    public static uint RotateLeft(uint value, int count) => Numerics.BitOperations.RotateLeft(value, count);

    public static uint RotateRight(uint value, int count) => Numerics.BitOperations.RotateRight(value, count);

    public static uint PopCount(uint value) => (uint)Numerics.BitOperations.PopCount(value);

    public static uint LeadingZeroCount(uint value) => (uint)Numerics.BitOperations.LeadingZeroCount(value);

    public static uint TrailingZeroCount(uint value) => (uint)Numerics.BitOperations.TrailingZeroCount(value);

    public static uint Log2(uint value) => (uint)Numerics.BitOperations.Log2(value);

    public static bool IsPow2(uint value) => Numerics.BitOperations.IsPow2(value);
}

/// <summary>Stands for members of <c>System.Int64</c> in compiled programs.</summary>
internal readonly struct Int64
{
    private readonly long _value;

    public bool Equals(long other) => _value == other;

    public int CompareTo(long other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static long Min(long left, long right) => left < right ? left : right;

    public static long Max(long left, long right) => left > right ? left : right;

    public static long Clamp(long value, long min, long max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(long value) => (value & 1) == 0;

    public static bool IsOddInteger(long value) => (value & 1) != 0;

    public static long Abs(long value)
    {
        if (value >= 0) return value;
        if (value == long.MinValue) Fail.Abort();
        return (long)(-value);
    }

    public static int Sign(long value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNegative(long value) => value < 0;

    public static bool IsPositive(long value) => value >= 0;

    public static long RotateLeft(long value, int count) => (long)Numerics.BitOperations.RotateLeft((ulong)value, count);

    public static long RotateRight(long value, int count) => (long)Numerics.BitOperations.RotateRight((ulong)value, count);

    public static long PopCount(long value) => (long)Numerics.BitOperations.PopCount((ulong)value);

    public static long LeadingZeroCount(long value) => (long)Numerics.BitOperations.LeadingZeroCount((ulong)value);

    public static long TrailingZeroCount(long value) => (long)Numerics.BitOperations.TrailingZeroCount((ulong)value);
}

/// <summary>Stands for members of <c>System.UInt64</c> in compiled programs.</summary>
internal readonly struct UInt64
{
    private readonly ulong _value;

    public bool Equals(ulong other) => _value == other;

    public int CompareTo(ulong other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static ulong Min(ulong left, ulong right) => left < right ? left : right;

    public static ulong Max(ulong left, ulong right) => left > right ? left : right;

    public static ulong Clamp(ulong value, ulong min, ulong max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(ulong value) => (value & 1) == 0;

    public static bool IsOddInteger(ulong value) => (value & 1) != 0;

    public static ulong RotateLeft(ulong value, int count) => Numerics.BitOperations.RotateLeft(value, count);

    public static ulong RotateRight(ulong value, int count) => Numerics.BitOperations.RotateRight(value, count);

    public static ulong PopCount(ulong value) => (ulong)Numerics.BitOperations.PopCount(value);

    public static ulong LeadingZeroCount(ulong value) => (ulong)Numerics.BitOperations.LeadingZeroCount(value);

    public static ulong TrailingZeroCount(ulong value) => (ulong)Numerics.BitOperations.TrailingZeroCount(value);

    public static ulong Log2(ulong value) => (ulong)Numerics.BitOperations.Log2(value);

    public static bool IsPow2(ulong value) => Numerics.BitOperations.IsPow2(value);
}

/// <summary>Stands for members of <c>System.IntPtr</c> in compiled programs.</summary>
internal readonly struct IntPtr
{
    private readonly nint _value;

    public bool Equals(nint other) => _value == other;

    public int CompareTo(nint other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static nint Min(nint left, nint right) => left < right ? left : right;

    public static nint Max(nint left, nint right) => left > right ? left : right;

    public static nint Clamp(nint value, nint min, nint max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(nint value) => (value & 1) == 0;

    public static bool IsOddInteger(nint value) => (value & 1) != 0;

    public static nint Abs(nint value)
    {
        if (value >= 0) return value;
        if (value == nint.MinValue) Fail.Abort();
        return (nint)(-value);
    }

    public static int Sign(nint value) => value < 0 ? -1 : value > 0 ? 1 : 0;

    public static bool IsNegative(nint value) => value < 0;

    public static bool IsPositive(nint value) => value >= 0;

    public static nint RotateLeft(nint value, int count) => (nint)Numerics.BitOperations.RotateLeft((ulong)value, count);

    public static nint RotateRight(nint value, int count) => (nint)Numerics.BitOperations.RotateRight((ulong)value, count);

    public static nint PopCount(nint value) => (nint)Numerics.BitOperations.PopCount((ulong)value);

    public static nint LeadingZeroCount(nint value) => (nint)Numerics.BitOperations.LeadingZeroCount((ulong)value);

    public static nint TrailingZeroCount(nint value) => (nint)Numerics.BitOperations.TrailingZeroCount((ulong)value);
}

/// <summary>Stands for members of <c>System.UIntPtr</c> in compiled programs.</summary>
internal readonly struct UIntPtr
{
    private readonly nuint _value;

    public bool Equals(nuint other) => _value == other;

    public int CompareTo(nuint other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;

    public static nuint Min(nuint left, nuint right) => left < right ? left : right;

    public static nuint Max(nuint left, nuint right) => left > right ? left : right;

    public static nuint Clamp(nuint value, nuint min, nuint max)
    {
        if (min > max) Fail.Abort();
        return value < min ? min : value > max ? max : value;
    }

    public static bool IsEvenInteger(nuint value) => (value & 1) == 0;

    public static bool IsOddInteger(nuint value) => (value & 1) != 0;

    public static nuint RotateLeft(nuint value, int count) => (nuint)Numerics.BitOperations.RotateLeft((ulong)value, count);

    public static nuint RotateRight(nuint value, int count) => (nuint)Numerics.BitOperations.RotateRight((ulong)value, count);

    public static nuint PopCount(nuint value) => (nuint)Numerics.BitOperations.PopCount((ulong)value);

    public static nuint LeadingZeroCount(nuint value) => (nuint)Numerics.BitOperations.LeadingZeroCount((ulong)value);

    public static nuint TrailingZeroCount(nuint value) => (nuint)Numerics.BitOperations.TrailingZeroCount((ulong)value);

    public static nuint Log2(nuint value) => (nuint)Numerics.BitOperations.Log2((ulong)value);

    public static bool IsPow2(nuint value) => Numerics.BitOperations.IsPow2((ulong)value);
}

/// <summary>Stands for members of <c>System.Char</c> in compiled programs.</summary>
internal readonly struct Char
{
    private readonly char _value;

    public bool Equals(char other) => _value == other;

    public int CompareTo(char other) => _value < other ? -1 : _value > other ? 1 : 0;

    public override int GetHashCode() => (int)_value;
}

/// <summary>Stands for members of <c>System.Boolean</c> in compiled programs.</summary>
internal readonly struct Boolean
{
    private readonly bool _value;

    public bool Equals(bool other) => _value == other;

    public int CompareTo(bool other) => _value == other ? 0 : _value ? 1 : -1;

    public override int GetHashCode() => _value ? 1 : 0;
}
