package wire

// AppendPush appends a message from the server to dst:
//
//	[join_ref,null,"topic","event",payload]
//
// joinRef is the JSON text of a ref, as ParseMessage gives it; phoenix.js drops
// what has another one than its current join. Without one it is null, and the
// message goes to whoever is on the topic. payload is JSON text; phoenix.js
// wants an object, so none becomes {}.
func AppendPush(dst, joinRef []byte, topic, event string, payload []byte) []byte {
	dst = AppendPushHead(dst, joinRef, topic, event)
	dst = appendObjectOr(dst, payload)

	return append(dst, ']')
}

// AppendPushHead appends a push up to and with the comma before its payload.
// The caller appends the payload, which many pushes may share, and a closing
// bracket.
func AppendPushHead(dst, joinRef []byte, topic, event string) []byte {
	dst = appendRef(append(dst, '['), joinRef)
	dst = append(dst, ",null,"...)
	dst = appendString(dst, topic)
	dst = appendString(append(dst, ','), event)

	return append(dst, ',')
}

// AppendReply appends the answer to a message:
//
//	[join_ref,ref,"topic","phx_reply",{"status":"ok","response":response}]
//
// status is "ok" or "error", response JSON text; none becomes {}. phoenix.js
// finds the push that it answers by the ref.
func AppendReply(dst []byte, m *Message, status string, response []byte) []byte {
	dst = appendRef(append(dst, '['), m.JoinRef)
	dst = appendRef(append(dst, ','), m.Ref)
	dst = appendString(append(dst, ','), m.Topic)
	dst = append(dst, `,"phx_reply",{"status":`...)
	dst = appendString(dst, status)
	dst = append(dst, `,"response":`...)
	dst = appendObjectOr(dst, response)

	return append(dst, '}', ']')
}

// appendRef appends a ref, null if there is none.
func appendRef(dst, ref []byte) []byte {
	if len(ref) == 0 {
		return append(dst, "null"...)
	}

	return append(dst, ref...)
}

// appendObjectOr appends JSON text, an empty object if there is none.
func appendObjectOr(dst, text []byte) []byte {
	if len(text) == 0 {
		return append(dst, '{', '}')
	}

	return append(dst, text...)
}
