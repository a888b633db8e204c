// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Rust;

internal sealed partial class RustV0Reader
{
    private void GenericArgument()
    {
        if (_in.Take('L')) Lifetime(_in.Base62());
        else if (_in.Take('K')) Constant();
        else Type();
    }

    private void Type()
    {
        if (!Enter()) return;
        char c = _in.Peek;
        if (RustBasicTypes.Find(c) is { } basic)
        {
            _in.At++;
            Write(basic);
            _depth--;
            return;
        }

        switch (c)
        {
            case 'A' or 'S':
                _in.At++;
                Write("[");
                Type();
                if (c == 'A')
                {
                    Write("; ");
                    Constant();
                }

                Write("]");
                break;
            case 'T':
                _in.At++;
                Write("(");
                int count = 0;
                for (; !_in.IsBad && !_in.Take('E'); count++)
                {
                    if (count > 0) Write(", ");
                    Type();
                }

                Write(count == 1 ? ",)" : ")");
                break;
            case 'R' or 'Q':
                _in.At++;
                Write("&");
                if (_in.Take('L') && _in.Base62() is var lifetime and > 0)
                {
                    Lifetime(lifetime);
                    Write(" ");
                }

                if (c == 'Q') Write("mut ");
                Type();
                break;
            case 'P' or 'O':
                _in.At++;
                Write(c == 'P' ? "*const " : "*mut ");
                Type();
                break;
            case 'F':
                _in.At++;
                Function();
                break;
            case 'D':
                _in.At++;
                Dynamic();
                break;
            case 'B':
                _in.At++;
                BackReference(() => { Type(); return false; });
                break;
            default:
                Path(inType: true);
                break;
        }

        _depth--;
    }

    private void Function()
    {
        int outer = _bound;
        Binder();
        if (_in.Take('U')) Write("unsafe ");
        if (_in.Take('K'))
        {
            Write("extern \"");
            if (_in.Take('C')) Write("C");
            else Write(_in.Identifier().Replace('_', '-'));
            Write("\" ");
        }

        Write("fn(");
        for (bool first = true; !_in.IsBad && !_in.Take('E'); first = false)
        {
            if (!first) Write(", ");
            Type();
        }

        Write(")");
        if (!_in.Take('u'))
        {
            Write(" -> ");
            Type();
        }

        _bound = outer;
    }

    private void Dynamic()
    {
        int outer = _bound;
        Write("dyn ");
        Binder();
        for (bool first = true; !_in.IsBad && !_in.Take('E'); first = false)
        {
            if (!first) Write(" + ");
            bool isOpen = PathOpen(inType: true, leaveOpen: true);
            while (!_in.IsBad && _in.Take('p'))
            {
                Write(isOpen ? ", " : "<");
                isOpen = true;
                Write(_in.Identifier());
                Write(" = ");
                Type();
            }

            if (isOpen) Write(">");
        }

        _bound = outer;
        if (!_in.Take('L')) _in.Bad();
        else if (_in.Base62() is var lifetime and > 0)
        {
            Write(" + ");
            Lifetime(lifetime);
        }
    }

    private void Binder()
    {
        if (!_in.Take('G')) return;
        ulong count = _in.Base62() + 1;
        if (count >= (ulong)_in.Length) // each is used at least once
        {
            _in.Bad();
            return;
        }

        Write("for<");
        for (ulong i = 0; i < count; i++)
        {
            if (i > 0) Write(", ");
            _bound++;
            Lifetime(1);
        }

        Write("> ");
    }

    private void Lifetime(ulong index)
    {
        if (index == 0)
        {
            Write("'_");
            return;
        }

        if (index > (ulong)_bound)
        {
            _in.Bad();
            return;
        }

        ulong depth = (ulong)_bound - index;
        Write(depth < 26 ? $"'{(char)('a' + (int)depth)}" : $"'z{depth - 25}");
    }
}
