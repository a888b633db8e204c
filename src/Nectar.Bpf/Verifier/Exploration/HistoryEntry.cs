// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>One step of a path that cannot be told from the code alone: where a jump came from, which stack slot was meant, which registers were linked.</summary>
/// <param name="Slot">The slot of the instruction.</param>
/// <param name="Previous">The slot of the instruction before it on this path.</param>
/// <param name="StackFrame">For a spill or fill the depth of the frame; -1 for none.</param>
/// <param name="StackSlot">For a spill or fill the slot in that frame.</param>
/// <param name="Linked">The registers and slots that were linked, packed as <see cref="LinkedScalars"/> does; 0 for none.</param>
internal record struct HistoryEntry(int Slot, int Previous, sbyte StackFrame, byte StackSlot, ulong Linked);
