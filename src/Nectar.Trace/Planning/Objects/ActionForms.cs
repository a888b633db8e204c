// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Planning.Objects;

/// <summary>How each kind of action is written: an entry's place in the table is its number in files, so new ones go to the end.</summary>
internal static class ActionForms
{
    private delegate TraceAction Reader(ref PlanReader from);

    private static readonly (Type Kind, Action<PlanWriter, TraceAction> Write, Reader Read)[] s_forms =
    [
        Form<PrintfAction>(
            static (to, a) =>
            {
                to.Number((long)a.Kind);
                to.Text(a.Format);
                to.Fields(a.Arguments);
                to.Places(a.ExpandedFrom);
            },
            static (ref PlanReader from) => new PrintfAction(KindOf(from.Number()), from.Text(), from.Fields()) { ExpandedFrom = from.Places() }),
        Form<PrintValueAction>(
            static (to, a) =>
            {
                to.Field(a.Value);
                to.Map(a.Map);
                to.Field(a.Key);
            },
            static (ref PlanReader from) => new PrintValueAction(from.Field(), from.MapOrNull(), from.FieldOrNull())),
        Form<PrintMapAction>(
            static (to, a) =>
            {
                to.Map(a.Map);
                to.Number(a.Top);
                to.Number(a.Divisor);
                to.Field(a.TopField);
                to.Field(a.DivisorField);
            },
            static (ref PlanReader from) => new PrintMapAction(from.Map(), from.Number(), from.Number()) { TopField = from.FieldOrNull(), DivisorField = from.FieldOrNull() }),
        Form<ClearMapAction>(static (to, a) => to.Map(a.Map), static (ref PlanReader from) => new ClearMapAction(from.Map())),
        Form<ZeroMapAction>(static (to, a) => to.Map(a.Map), static (ref PlanReader from) => new ZeroMapAction(from.Map())),
        Form<TimeAction>(static (to, a) => to.Text(a.Format), static (ref PlanReader from) => new TimeAction(from.Text())),
        Form<JoinAction>(
            static (to, a) =>
            {
                to.Text(a.Delimiter);
                to.Number(a.Offset);
                to.Number(a.Slots);
                to.Number(a.SlotSize);
            },
            static (ref PlanReader from) => new JoinAction(from.Text(), Size(from.Number()), Size(from.Number()), Size(from.Number()))),
        Form<ExitAction>(static (_, _) => { }, static (ref PlanReader _) => new ExitAction()),
        Form<HelperErrorAction>(static (to, a) => to.Text(a.Helper), static (ref PlanReader from) => new HelperErrorAction(from.Text())),
        Form<RuntimeErrorAction>(static (to, a) => to.Text(a.Message), static (ref PlanReader from) => new RuntimeErrorAction(from.Text())),
        Form<SkbOutputAction>(static (to, a) => to.Text(a.File), static (ref PlanReader from) => new SkbOutputAction(from.Text())),
        Form<UnwatchAction>(static (_, _) => { }, static (ref PlanReader _) => new UnwatchAction()),
        Form<SymbolsSeenAction>(static (to, a) => to.Field(a.Value), static (ref PlanReader from) => new SymbolsSeenAction(from.Field())),
    ];

    public static void Write(PlanWriter to, TraceAction action)
    {
        int number = Array.FindIndex(s_forms, form => form.Kind == action.GetType());
        if (number < 0) throw new InvalidOperationException($"{action.GetType().Name} cannot be written");
        to.Number(number);
        s_forms[number].Write(to, action);
    }

    public static TraceAction Read(ref PlanReader from)
    {
        long number = from.Number();
        return number >= 0 && number < s_forms.Length ? s_forms[number].Read(ref from) : throw new InvalidDataException($"there is no action of kind {number}");
    }

    private static (Type, Action<PlanWriter, TraceAction>, Reader) Form<T>(Action<PlanWriter, T> write, Reader read)
        where T : TraceAction => (typeof(T), (to, action) => write(to, (T)action), read);

    private static PrintKind KindOf(long number) => number is >= 0 and <= (long)PrintKind.Cat ? (PrintKind)number : throw new InvalidDataException($"there is no way of printing {number}");

    private static int Size(long number) => number is >= 0 and < int.MaxValue ? (int)number : throw new InvalidDataException("a size is not plausible");
}
