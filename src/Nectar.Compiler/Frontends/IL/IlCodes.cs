// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Frontends.IL;

/// <summary>The diagnostics of C# that cannot be compiled; <c>docs/diagnostics/il.md</c> explains each.</summary>
internal static class IlCodes
{
    /// <summary>An object on the heap: <c>new</c> of a class, arrays, boxing.</summary>
    internal static readonly DiagnosticCode Allocation = new(2000);

    /// <summary>A method that calls itself.</summary>
    internal static readonly DiagnosticCode Recursion = new(2001);

    /// <summary><c>float</c>, <c>double</c> or <c>decimal</c>.</summary>
    internal static readonly DiagnosticCode Float = new(2002);

    /// <summary><c>catch</c>.</summary>
    internal static readonly DiagnosticCode Catch = new(2003);

    /// <summary>A call that is decided at run time: virtual, through an interface.</summary>
    internal static readonly DiagnosticCode VirtualCall = new(2004);

    /// <summary>A call of an address.</summary>
    internal static readonly DiagnosticCode IndirectCall = new(2005);

    /// <summary><c>is</c>, <c>as</c>, casts of objects.</summary>
    internal static readonly DiagnosticCode TypeTest = new(2006);

    /// <summary>A string elsewhere than in what is printed.</summary>
    internal static readonly DiagnosticCode Text = new(2007);

    /// <summary>A method of the framework for which there is nothing.</summary>
    internal static readonly DiagnosticCode FrameworkMethod = new(2008);

    /// <summary>A method without a body.</summary>
    internal static readonly DiagnosticCode NoBody = new(2009);

    /// <summary>An object that depends on the way that is taken.</summary>
    internal static readonly DiagnosticCode UnknownObject = new(2010);

    /// <summary>A static field that is neither a variable nor a constant.</summary>
    internal static readonly DiagnosticCode StaticField = new(2011);

    /// <summary>A kernel struct is copied or written.</summary>
    internal static readonly DiagnosticCode KernelTypeCopy = new(2012);

    /// <summary>A size that has to be constant.</summary>
    internal static readonly DiagnosticCode VariableSize = new(2013);

    /// <summary>A value, a frame or the program is too large.</summary>
    internal static readonly DiagnosticCode TooLarge = new(2014);

    /// <summary>Calls are nested too deep.</summary>
    internal static readonly DiagnosticCode TooDeep = new(2015);

    /// <summary>A program, subprogram, callback, helper or kfunc whose parameters or result do not fit.</summary>
    internal static readonly DiagnosticCode BadSignature = new(2016);

    /// <summary>A delegate that is more than a static lambda.</summary>
    internal static readonly DiagnosticCode Capture = new(2017);

    /// <summary>A helper, intrinsic or kfunc that does not exist, or not on the target.</summary>
    internal static readonly DiagnosticCode UnknownFunction = new(2018);

    /// <summary>A message that cannot be printed.</summary>
    internal static readonly DiagnosticCode BadMessage = new(2019);

    /// <summary>An argument that has to be known when compiling.</summary>
    internal static readonly DiagnosticCode NotConstant = new(2020);

    /// <summary>Other IL that cannot be compiled.</summary>
    internal static readonly DiagnosticCode Unsupported = new(2021);

    /// <summary>IL that does not follow the rules.</summary>
    internal static readonly DiagnosticCode Damaged = new(2022);
}
