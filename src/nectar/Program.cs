// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

Console.WriteLine("nectar");
return 0;
