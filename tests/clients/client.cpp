/*
 * A client in C++, as programs for Windows are written: lists a share and synchronizes it with sinks
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * usage: client \\server\share     the paths and types below the share, one a line, then the results
 */

#include <stdio.h>
#include <windows.h>
#include <ole2.h>
#include <cscobj.h>

class Progress : public IOfflineFilesSyncProgress
{
public:
    Progress() : refs(1), begins(0), items(0), ends(0), result(E_PENDING) {}

    STDMETHODIMP QueryInterface(REFIID iid, void **out)
    {
        if (IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_IOfflineFilesProgress) ||
            IsEqualIID(iid, IID_IOfflineFilesSyncProgress))
        {
            *out = static_cast<IOfflineFilesSyncProgress *>(this);
            AddRef();
            return S_OK;
        }
        *out = NULL;
        return E_NOINTERFACE;
    }
    STDMETHODIMP_(ULONG) AddRef() { return InterlockedIncrement(&refs); }
    STDMETHODIMP_(ULONG) Release() { return InterlockedDecrement(&refs); }
    STDMETHODIMP Begin(BOOL *abort)
    {
        *abort = FALSE;
        begins++;
        return S_OK;
    }
    STDMETHODIMP QueryAbort(BOOL *abort)
    {
        *abort = FALSE;
        return S_OK;
    }
    STDMETHODIMP End(HRESULT hr)
    {
        ends++;
        result = hr;
        return S_OK;
    }
    STDMETHODIMP SyncItemBegin(LPCWSTR, OFFLINEFILES_OP_RESPONSE *response)
    {
        *response = OFFLINEFILES_OP_CONTINUE;
        return S_OK;
    }
    STDMETHODIMP SyncItemResult(LPCWSTR, HRESULT, IOfflineFilesSyncErrorInfo *, OFFLINEFILES_OP_RESPONSE *response)
    {
        *response = OFFLINEFILES_OP_CONTINUE;
        items++;
        return S_OK;
    }

    LONG refs;
    int begins, items, ends;
    HRESULT result;
};

static int list(IUnknown *parent)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    ULONG fetched;

    if (FAILED(parent->QueryInterface(IID_IOfflineFilesItemContainer, reinterpret_cast<void **>(&container)))) return 0;
    HRESULT hr = container->EnumItems(0, &items);
    container->Release();
    if (FAILED(hr)) return 1;
    int failures = 0;
    while (items->Next(1, &item, &fetched) == S_OK)
    {
        OFFLINEFILES_ITEM_TYPE type;
        LPWSTR path;

        if (SUCCEEDED(item->GetItemType(&type)) && SUCCEEDED(item->GetPath(&path)))
        {
            printf("%d %ls\n", type, path);
            CoTaskMemFree(path);
            failures += list(item);
        }
        else failures++;
        item->Release();
    }
    items->Release();
    return failures;
}

int main(int argc, char **argv)
{
    WCHAR share[MAX_PATH];
    LPCWSTR paths[] = { share };
    IOfflineFilesCache *cache;
    Progress progress;
    GUID id;

    if (argc != 2 || !MultiByteToWideChar(CP_ACP, 0, argv[1], -1, share, MAX_PATH)) return 2;
    CoInitialize(NULL);
    HRESULT hr = CoCreateInstance(CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, IID_IOfflineFilesCache,
                                  reinterpret_cast<void **>(&cache));
    printf("create %#lx\n", hr);
    if (FAILED(hr)) return 1;
    hr = cache->Pin(NULL, paths, 1, TRUE, FALSE, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER |
                    OFFLINEFILES_PIN_CONTROL_FLAG_FILL, &progress);
    printf("pin %#lx, begins %d, ends %d with %#lx, %s\n", hr, progress.begins, progress.ends, progress.result,
           progress.items ? "items" : "no items");
    int failures = list(cache);
    CoCreateGuid(&id);
    hr = cache->Synchronize(NULL, paths, 1, FALSE, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN |
                            OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT, NULL, &progress, &id);
    printf("synchronize %#lx\n", hr);
    ULONG refs = cache->Release();
    printf("references: cache %lu, sink %ld\n", refs, progress.refs);
    CoUninitialize();
    return failures || FAILED(hr);
}
