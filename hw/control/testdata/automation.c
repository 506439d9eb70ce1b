/* A program's side of UI Automation, for tests under a wine whose own has no client. It registers the class
 * CUIAutomation in this process: any window has a field "txtTotal" with the window's title as its value, two
 * labels of one name, a password and something that has scrolled away. Only the methods that a client may call
 * are there, at the places that UIAutomationClient.idl gives them; any other place is an error. */
#define COBJMACROS
#include <windows.h>
#include <oleauto.h>
#include <initguid.h>
#include <uiautomationclient.h>

DEFINE_GUID(class_automation, 0xff48dba4, 0x60ef, 0x4201, 0xaa, 0x87, 0x54, 0x10, 0x3e, 0xef, 0x59, 0x4e);

/* Places of methods. */
enum { ELEMENT_FROM_HANDLE = 6, CREATE_TRUE_CONDITION = 21, FIND_ALL = 6, PROPERTY_VALUE = 10, GET_LENGTH = 3, GET_ELEMENT = 4 };
enum { PLACES = 96, DESCENDANTS = 4, COUNT = 5 };

static WCHAR title[64];

struct field { const WCHAR *id, *name, *value; BOOL password, offscreen; };
static struct field fields[COUNT] = {
	{ L"txtTotal", L"Total", title, FALSE, FALSE },
	{ L"", L"twice", NULL, FALSE, FALSE },
	{ L"lblTitle", L"twice", NULL, FALSE, FALSE },
	{ L"txtPin", L"Pin", L"1234", TRUE, FALSE },
	{ L"txtOld", L"Old", L"9999.00", FALSE, TRUE },
};

struct object { void **table; struct field *field; };

static LONG held; /* references that the client has not given back */

static HRESULT WINAPI query(void *self, REFIID iid, void **out) { *out = self; held++; return S_OK; }
static ULONG WINAPI addref(void *self) { return ++held; }
static ULONG WINAPI release(void *self) { return --held; }
static HRESULT WINAPI wrong(void *self) { return E_NOTIMPL; }

static void *automation_table[PLACES], *element_table[PLACES], *list_table[PLACES], *condition_table[PLACES];
static struct object automation = { automation_table }, list = { list_table }, condition = { condition_table }, top = { element_table };
static struct object elements[COUNT];

static void *give(struct object *o) { held++; return o; }

static void set_bool(VARIANT *v, BOOL b) { V_VT(v) = VT_BOOL; V_BOOL(v) = b ? VARIANT_TRUE : VARIANT_FALSE; }
static void set_text(VARIANT *v, const WCHAR *s) { V_VT(v) = VT_BSTR; V_BSTR(v) = SysAllocString(s); }

static HRESULT WINAPI property(struct object *self, PROPERTYID id, VARIANT *v)
{
	struct field *f = self->field;
	VariantInit(v);
	switch (id) {
	case UIA_NamePropertyId: set_text(v, f->name); return S_OK;
	case UIA_AutomationIdPropertyId: set_text(v, f->id); return S_OK;
	case UIA_ControlTypePropertyId: V_VT(v) = VT_I4; V_I4(v) = 50004; return S_OK;
	case UIA_IsPasswordPropertyId: set_bool(v, f->password); return S_OK;
	case UIA_IsOffscreenPropertyId: set_bool(v, f->offscreen); return S_OK;
	case UIA_IsValuePatternAvailablePropertyId: set_bool(v, f->value != NULL); return S_OK;
	case UIA_ValueValuePropertyId: set_text(v, f->value ? f->value : L""); return S_OK;
	}
	return E_INVALIDARG;
}

static HRESULT WINAPI length(struct object *self, int *n) { *n = COUNT; return S_OK; }

static HRESULT WINAPI element(struct object *self, int i, void **out)
{
	if (i < 0 || i >= COUNT) return E_INVALIDARG;
	*out = give(&elements[i]);
	return S_OK;
}

static HRESULT WINAPI find_all(struct object *self, int scope, struct object *which, void **out)
{
	if (scope != DESCENDANTS || which != &condition) return E_INVALIDARG;
	*out = give(&list);
	return S_OK;
}

static HRESULT WINAPI from_handle(struct object *self, HWND window, void **out)
{
	if (!IsWindow(window)) return E_INVALIDARG;
	GetWindowTextW(window, title, 64);
	*out = give(&top);
	return S_OK;
}

static HRESULT WINAPI anything(struct object *self, void **out) { *out = give(&condition); return S_OK; }

static HRESULT WINAPI create(IClassFactory *self, IUnknown *outer, REFIID iid, void **out) { *out = give(&automation); return S_OK; }
static HRESULT WINAPI lock(IClassFactory *self, BOOL on) { return S_OK; }
static IClassFactoryVtbl factory_table = { (void *)query, (void *)addref, (void *)release, create, lock };
static IClassFactory factory = { &factory_table };

static void fill(void **methods)
{
	for (int i = 0; i < PLACES; i++) methods[i] = wrong;
	methods[0] = query, methods[1] = addref, methods[2] = release;
}

__declspec(dllexport) LONG Held(void) { return held; }

__declspec(dllexport) HRESULT Serve(void)
{
	DWORD cookie;
	fill(automation_table), fill(element_table), fill(list_table), fill(condition_table);
	automation_table[ELEMENT_FROM_HANDLE] = from_handle;
	automation_table[CREATE_TRUE_CONDITION] = anything;
	element_table[FIND_ALL] = find_all;
	element_table[PROPERTY_VALUE] = property;
	list_table[GET_LENGTH] = length;
	list_table[GET_ELEMENT] = element;
	for (int i = 0; i < COUNT; i++) elements[i].table = element_table, elements[i].field = &fields[i];
	top.field = &fields[0];
	CoInitializeEx(NULL, COINIT_MULTITHREADED);
	return CoRegisterClassObject(&class_automation, (IUnknown *)&factory, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie);
}
