// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Syscalls;

/// <summary>The commands of <c>bpf(2)</c>, with the kernel's numbers (<c>enum bpf_cmd</c>).</summary>
internal enum BpfCommand
{
    MapCreate = 0, MapLookupElem = 1, MapUpdateElem = 2, MapDeleteElem = 3, MapGetNextKey = 4, ProgLoad = 5, ObjPin = 6, ObjGet = 7, ProgAttach = 8,
    ProgDetach = 9, ProgTestRun = 10, ProgGetNextId = 11, MapGetNextId = 12, ProgGetFdById = 13, MapGetFdById = 14, ObjGetInfoByFd = 15, ProgQuery = 16,
    RawTracepointOpen = 17, BtfLoad = 18, BtfGetFdById = 19, TaskFdQuery = 20, MapLookupAndDeleteElem = 21, MapFreeze = 22, BtfGetNextId = 23,
    MapLookupBatch = 24, MapLookupAndDeleteBatch = 25, MapUpdateBatch = 26, MapDeleteBatch = 27, LinkCreate = 28, LinkUpdate = 29, LinkGetFdById = 30,
    LinkGetNextId = 31, EnableStats = 32, IterCreate = 33, LinkDetach = 34, ProgBindMap = 35, TokenCreate = 36, ProgStreamReadByFd = 37,
}
