// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Kfuncs
{
    /// <summary><c>bpf_strcmp</c>, kernel 6.17: compares strings in memory that may not be there.</summary>
    /// <returns>-1, 0 or 1, or a smaller negative error number.</returns>
    [Kfunc("bpf_strcmp")]
    public static int StrCmp(byte* left, byte* right) => (int)Managed.CallKernel("bpf_strcmp", (ulong)left, (ulong)right);

    /// <summary><c>bpf_strlen</c>, kernel 6.17: the length of a string.</summary>
    /// <returns>Bytes without the zero byte, or a negative error number.</returns>
    [Kfunc("bpf_strlen")]
    public static int StrLen(byte* text) => (int)Managed.CallKernel("bpf_strlen", (ulong)text);

    /// <summary><c>bpf_strnlen</c>, kernel 6.17: the length of a string, at most so many.</summary>
    /// <returns>Bytes without the zero byte, or a negative error number.</returns>
    [Kfunc("bpf_strnlen")]
    public static int StrNLen(byte* text, nuint most) => (int)Managed.CallKernel("bpf_strnlen", (ulong)text, most);

    /// <summary><c>bpf_strchr</c>, kernel 6.17: where a character is.</summary>
    /// <returns>The index, or a negative error number.</returns>
    [Kfunc("bpf_strchr")]
    public static int StrChr(byte* text, byte character) => (int)Managed.CallKernel("bpf_strchr", (ulong)text, character);

    /// <summary><c>bpf_strrchr</c>, kernel 6.17: where a character is for the last time.</summary>
    /// <returns>The index, or a negative error number.</returns>
    [Kfunc("bpf_strrchr")]
    public static int StrRChr(byte* text, int character) => (int)Managed.CallKernel("bpf_strrchr", (ulong)text, (ulong)(long)character);

    /// <summary><c>bpf_strstr</c>, kernel 6.17: where a string is in another.</summary>
    /// <returns>The index, or a negative error number.</returns>
    [Kfunc("bpf_strstr")]
    public static int StrStr(byte* text, byte* part) => (int)Managed.CallKernel("bpf_strstr", (ulong)text, (ulong)part);
}
