raise RuntimeError("the moon is\nin the wrong house")
