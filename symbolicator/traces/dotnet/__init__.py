"""Texts of .NET: CoreCLR, .NET Framework, Mono and Xamarin, and what Android makes of managed frames."""
