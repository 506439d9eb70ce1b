package store

// SealedLayer lets tests write to a book past the store as somebody would who has this program's file
// layer: the pages are whole, and what stands in them is not.
const SealedLayer = sealedLayer
