import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/**
 * Stores documents as BSON. The library uses Java's serialization, which took a quarter of the store's time: a commit
 * rewrites all documents of a page when one has changed. Documents in the old format are still read.
 */
final class DocumentType extends BasicDataType<Document> {
    /** No type of the library begins with this byte. */
    private static final byte BSON = (byte) 0xB5;

    private final ObjectDataType before = new ObjectDataType();
    /** The size by which the store splits pages: a moving average of the documents written last, as in the library. */
    private volatile int averageBytes = 1000;

    @Override
    public int getMemory(Document document) {
        return 4 * averageBytes;
    }

    @Override
    public void write(WriteBuffer buffer, Document document) {
        ByteBuf bson = Unpooled.buffer(averageBytes * 2);
        BsonEncoder.encodeDocument(document, bson);
        int bytes = bson.readableBytes();
        averageBytes = (bytes + 15 * averageBytes) / 16;
        buffer.put(BSON).put(bson.array(), bson.arrayOffset() + bson.readerIndex(), bytes);
    }

    @Override
    public Document read(ByteBuffer buffer) {
        if (buffer.get(buffer.position()) != BSON) {
            return (Document) before.read(buffer);
        }
        buffer.get();
        ByteBuf bson = Unpooled.wrappedBuffer(buffer);
        Document document = BsonDecoder.decodeBson(bson);
        buffer.position(buffer.position() + bson.readerIndex());
        return document;
    }

    @Override
    public int compare(Document one, Document other) {
        return one.equals(other) ? 0 : 1;
    }

    @Override
    public Document[] createStorage(int size) {
        return new Document[size];
    }
}
