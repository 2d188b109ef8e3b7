/* Run one signature of a .tflite file, with the C interface of LiteRT.

       litert MODEL.tflite SIGNATURE FOLDER NAME...

   The tensor that has the i-th NAME (from 0) is read from FOLDER/i.in, as it lies in
   memory, or written to FOLDER/i.out: what a file calls its tensors is no path. The declarations are our own, of what libLiteRt.so 2.3
   exports; with LiteRT's headers, include litert/c/litert_compiled_model.h instead. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Object* Handle;
typedef struct { char room[256]; } Type; /* of a tensor; only handed on */
typedef const char* Text;

int LiteRtCreateEnvironment(int, const void*, Handle* environment);
int LiteRtCreateModelFromFile(Handle environment, Text path, Handle* model);
int LiteRtCreateOptions(Handle* options);
int LiteRtSetOptionsHardwareAccelerators(Handle options, int set);
int LiteRtCreateCompiledModel(Handle environment, Handle model, Handle options,
                              Handle* compiled);
int LiteRtGetNumModelSignatures(Handle model, size_t* count);
int LiteRtGetModelSignature(Handle model, size_t index, Handle* signature);
int LiteRtGetSignatureKey(Handle signature, Text* key);
int LiteRtGetNumSignatureInputs(Handle signature, size_t* count);
int LiteRtGetNumSignatureOutputs(Handle signature, size_t* count);
int LiteRtGetSignatureInputName(Handle signature, size_t index, Text* name);
int LiteRtGetSignatureOutputName(Handle signature, size_t index, Text* name);
int LiteRtGetSignatureInputTensorByIndex(Handle signature, size_t index, Handle*);
int LiteRtGetSignatureOutputTensorByIndex(Handle signature, size_t index, Handle*);
int LiteRtGetRankedTensorType(Handle tensor, Type* type);
int LiteRtGetCompiledModelInputBufferRequirements(Handle compiled, size_t signature,
                                                  size_t index, Handle* needs);
int LiteRtGetCompiledModelOutputBufferRequirements(Handle compiled, size_t signature,
                                                   size_t index, Handle* needs);
int LiteRtCreateManagedTensorBufferFromRequirements(Handle environment, const Type*,
                                                    Handle needs, Handle* buffer);
int LiteRtGetTensorBufferPackedSize(Handle buffer, size_t* bytes);
int LiteRtLockTensorBuffer(Handle buffer, void** memory, int mode);
int LiteRtUnlockTensorBuffer(Handle buffer);
int LiteRtRunCompiledModel(Handle compiled, size_t signature, size_t inputs,
                           Handle* in, size_t outputs, Handle* out);

enum { PROCESSOR = 1, READ = 0, WRITE = 1, MOST = 16 };

static void must(int status, Text what) {
  if (status == 0) return;
  fprintf(stderr, "%s failed with status %d\n", what, status);
  exit(1);
}
#define CALL(function, ...) must(function(__VA_ARGS__), #function)

/* Move the values of a tensor from its file, or to it. */
static void transfer(Handle buffer, Text folder, int place, int input) {
  char path[4096];
  size_t bytes;
  void* memory;
  snprintf(path, sizeof path, "%s/%d.%s", folder, place, input ? "in" : "out");
  FILE* file = fopen(path, input ? "rb" : "wb");
  must(file == NULL, path);
  CALL(LiteRtGetTensorBufferPackedSize, buffer, &bytes);
  CALL(LiteRtLockTensorBuffer, buffer, &memory, input ? WRITE : READ);
  size_t moved = input ? fread(memory, 1, bytes, file) : fwrite(memory, 1, bytes, file);
  must(moved != bytes, path);
  CALL(LiteRtUnlockTensorBuffer, buffer);
  must(fclose(file), path);
}

/* Where a tensor stands among the names on the command line. */
static int place_of(Text name, int count, char** words) {
  for (int i = 4; i < count; i++)
    if (strcmp(words[i], name) == 0) return i - 4;
  must(1, "looking for the name of a tensor");
  return -1;
}

int main(int count, char** words) {
  must(count < 4, "litert MODEL.tflite SIGNATURE FOLDER NAME...");
  Handle environment, model, options, compiled, signature;
  CALL(LiteRtCreateEnvironment, 0, NULL, &environment);
  CALL(LiteRtCreateModelFromFile, environment, words[1], &model);
  CALL(LiteRtCreateOptions, &options);
  CALL(LiteRtSetOptionsHardwareAccelerators, options, PROCESSOR);
  CALL(LiteRtCreateCompiledModel, environment, model, options, &compiled);

  size_t s = 0, signatures, inputs, outputs;
  Text key = "";
  CALL(LiteRtGetNumModelSignatures, model, &signatures);
  for (; s < signatures; s++) {
    CALL(LiteRtGetModelSignature, model, s, &signature);
    CALL(LiteRtGetSignatureKey, signature, &key);
    if (strcmp(key, words[2]) == 0) break;
  }
  must(s == signatures, "looking for the signature");
  CALL(LiteRtGetNumSignatureInputs, signature, &inputs);
  CALL(LiteRtGetNumSignatureOutputs, signature, &outputs);
  must(inputs > MOST || outputs > MOST, "having so many tensors");

  Handle in[MOST], out[MOST], tensor, needs;
  Type type;
  Text name;
  for (size_t i = 0; i < inputs; i++) {
    CALL(LiteRtGetSignatureInputTensorByIndex, signature, i, &tensor);
    CALL(LiteRtGetRankedTensorType, tensor, &type);
    CALL(LiteRtGetCompiledModelInputBufferRequirements, compiled, s, i, &needs);
    CALL(LiteRtCreateManagedTensorBufferFromRequirements, environment, &type, needs,
         &in[i]);
    CALL(LiteRtGetSignatureInputName, signature, i, &name);
    transfer(in[i], words[3], place_of(name, count, words), 1);
  }
  for (size_t i = 0; i < outputs; i++) {
    CALL(LiteRtGetSignatureOutputTensorByIndex, signature, i, &tensor);
    CALL(LiteRtGetRankedTensorType, tensor, &type);
    CALL(LiteRtGetCompiledModelOutputBufferRequirements, compiled, s, i, &needs);
    CALL(LiteRtCreateManagedTensorBufferFromRequirements, environment, &type, needs,
         &out[i]);
  }
  CALL(LiteRtRunCompiledModel, compiled, s, inputs, in, outputs, out);
  for (size_t i = 0; i < outputs; i++) {
    CALL(LiteRtGetSignatureOutputName, signature, i, &name);
    transfer(out[i], words[3], place_of(name, count, words), 0);
  }
  return 0;
}
