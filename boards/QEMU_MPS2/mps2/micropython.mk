SRC_USERMOD_C += $(addprefix $(USERMOD_DIR)/, boot.c clock.c cryptolib.c flash.c heap.c host.c modmps2.c serial.c)
