/* wine 8 has no bcryptprimitives.dll, and every Go program asks it for random bytes at its start. This one
 * passes the question on to advapi32. It is for tests under wine only and is never shipped. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size)
{
	return SystemFunction036(buffer, (ULONG)size);
}
