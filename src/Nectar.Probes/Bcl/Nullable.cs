// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.Nullable&lt;T&gt;</c> in compiled programs.</summary>
internal struct Nullable<T>
    where T : struct
{
    private readonly bool _hasValue;
    private T _value;

    public Nullable(T value)
    {
        _value = value;
        _hasValue = true;
    }

    public readonly bool HasValue => _hasValue;

    public readonly T Value
    {
        get
        {
            if (!_hasValue) Fail.Abort();
            return _value;
        }
    }

    public static implicit operator Nullable<T>(T value) => new(value);

    public static explicit operator T(Nullable<T> value) => value.Value;

    public readonly T GetValueOrDefault() => _value;

    public readonly T GetValueOrDefault(T defaultValue) => _hasValue ? _value : defaultValue;
}
