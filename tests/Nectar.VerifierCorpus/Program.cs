// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.VerifierCorpus;

return CorpusCommand.Run(args);
