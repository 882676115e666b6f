"""DeepSpeed engines clear their gradients in step()."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    import deepspeed
except ImportError:
    deepspeed = None

CONFIG = {'train_micro_batch_size_per_gpu': 16, 'optimizer': {'type': 'Adam', 'params': {'lr': 1e-3}}}


def main():
    if deepspeed is None:
        print('deepspeed is not installed')
        return
    model = nn.Linear(10, 2)
    data = TensorDataset(torch.randn(128, 10), torch.randint(0, 2, (128,)))
    model_engine, optimizer, _, _ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config=CONFIG)
    for epoch in range(3):
        for x, y in DataLoader(data, batch_size=16):
            loss = nn.functional.cross_entropy(model_engine(x.to(model_engine.device)), y.to(model_engine.device))
            model_engine.backward(loss)
            model_engine.step()


if __name__ == '__main__':
    main()
