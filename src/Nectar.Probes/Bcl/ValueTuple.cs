// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.ValueTuple</c> of 1 in compiled programs.</summary>
internal struct ValueTuple<T1>
{
    public T1 Item1;

    public ValueTuple(T1 item1)
    {
        Item1 = item1;
    }

    public bool Equals(ValueTuple<T1> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1);
}

/// <summary>Stands for <c>System.ValueTuple</c> of 2 in compiled programs.</summary>
internal struct ValueTuple<T1, T2>
{
    public T1 Item1;
    public T2 Item2;

    public ValueTuple(T1 item1, T2 item2)
    {
        Item1 = item1;
        Item2 = item2;
    }

    public bool Equals(ValueTuple<T1, T2> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1) && Collections.Generic.EqualityComparer<T2>.Default.Equals(Item2, other.Item2);
}

/// <summary>Stands for <c>System.ValueTuple</c> of 3 in compiled programs.</summary>
internal struct ValueTuple<T1, T2, T3>
{
    public T1 Item1;
    public T2 Item2;
    public T3 Item3;

    public ValueTuple(T1 item1, T2 item2, T3 item3)
    {
        Item1 = item1;
        Item2 = item2;
        Item3 = item3;
    }

    public bool Equals(ValueTuple<T1, T2, T3> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1) && Collections.Generic.EqualityComparer<T2>.Default.Equals(Item2, other.Item2) && Collections.Generic.EqualityComparer<T3>.Default.Equals(Item3, other.Item3);
}

/// <summary>Stands for <c>System.ValueTuple</c> of 4 in compiled programs.</summary>
internal struct ValueTuple<T1, T2, T3, T4>
{
    public T1 Item1;
    public T2 Item2;
    public T3 Item3;
    public T4 Item4;

    public ValueTuple(T1 item1, T2 item2, T3 item3, T4 item4)
    {
        Item1 = item1;
        Item2 = item2;
        Item3 = item3;
        Item4 = item4;
    }

    public bool Equals(ValueTuple<T1, T2, T3, T4> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1) && Collections.Generic.EqualityComparer<T2>.Default.Equals(Item2, other.Item2) && Collections.Generic.EqualityComparer<T3>.Default.Equals(Item3, other.Item3) && Collections.Generic.EqualityComparer<T4>.Default.Equals(Item4, other.Item4);
}

/// <summary>Stands for <c>System.ValueTuple</c> of 5 in compiled programs.</summary>
internal struct ValueTuple<T1, T2, T3, T4, T5>
{
    public T1 Item1;
    public T2 Item2;
    public T3 Item3;
    public T4 Item4;
    public T5 Item5;

    public ValueTuple(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)
    {
        Item1 = item1;
        Item2 = item2;
        Item3 = item3;
        Item4 = item4;
        Item5 = item5;
    }

    public bool Equals(ValueTuple<T1, T2, T3, T4, T5> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1) && Collections.Generic.EqualityComparer<T2>.Default.Equals(Item2, other.Item2) && Collections.Generic.EqualityComparer<T3>.Default.Equals(Item3, other.Item3) && Collections.Generic.EqualityComparer<T4>.Default.Equals(Item4, other.Item4) && Collections.Generic.EqualityComparer<T5>.Default.Equals(Item5, other.Item5);
}

/// <summary>Stands for <c>System.ValueTuple</c> of 6 in compiled programs.</summary>
internal struct ValueTuple<T1, T2, T3, T4, T5, T6>
{
    public T1 Item1;
    public T2 Item2;
    public T3 Item3;
    public T4 Item4;
    public T5 Item5;
    public T6 Item6;

    public ValueTuple(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6)
    {
        Item1 = item1;
        Item2 = item2;
        Item3 = item3;
        Item4 = item4;
        Item5 = item5;
        Item6 = item6;
    }

    public bool Equals(ValueTuple<T1, T2, T3, T4, T5, T6> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1) && Collections.Generic.EqualityComparer<T2>.Default.Equals(Item2, other.Item2) && Collections.Generic.EqualityComparer<T3>.Default.Equals(Item3, other.Item3) && Collections.Generic.EqualityComparer<T4>.Default.Equals(Item4, other.Item4) && Collections.Generic.EqualityComparer<T5>.Default.Equals(Item5, other.Item5) && Collections.Generic.EqualityComparer<T6>.Default.Equals(Item6, other.Item6);
}

/// <summary>Stands for <c>System.ValueTuple</c> of 7 in compiled programs.</summary>
internal struct ValueTuple<T1, T2, T3, T4, T5, T6, T7>
{
    public T1 Item1;
    public T2 Item2;
    public T3 Item3;
    public T4 Item4;
    public T5 Item5;
    public T6 Item6;
    public T7 Item7;

    public ValueTuple(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6, T7 item7)
    {
        Item1 = item1;
        Item2 = item2;
        Item3 = item3;
        Item4 = item4;
        Item5 = item5;
        Item6 = item6;
        Item7 = item7;
    }

    public bool Equals(ValueTuple<T1, T2, T3, T4, T5, T6, T7> other) => Collections.Generic.EqualityComparer<T1>.Default.Equals(Item1, other.Item1) && Collections.Generic.EqualityComparer<T2>.Default.Equals(Item2, other.Item2) && Collections.Generic.EqualityComparer<T3>.Default.Equals(Item3, other.Item3) && Collections.Generic.EqualityComparer<T4>.Default.Equals(Item4, other.Item4) && Collections.Generic.EqualityComparer<T5>.Default.Equals(Item5, other.Item5) && Collections.Generic.EqualityComparer<T6>.Default.Equals(Item6, other.Item6) && Collections.Generic.EqualityComparer<T7>.Default.Equals(Item7, other.Item7);
}
